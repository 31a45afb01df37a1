from composer.models.learning import LearningSettings, ModelStatus, SuggestionModel
from composer.models.switches import Feature, FeatureSwitch
from composer.models.usage import (
    MAX_ID_LENGTH,
    Augmentation,
    ComposerAction,
    ComposerEvent,
    MessageAugmentation,
    MessageSent,
)

__all__ = [
    "MAX_ID_LENGTH",
    "Augmentation",
    "ComposerAction",
    "ComposerEvent",
    "Feature",
    "FeatureSwitch",
    "LearningSettings",
    "MessageAugmentation",
    "MessageSent",
    "ModelStatus",
    "SuggestionModel",
]
