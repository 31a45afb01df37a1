from composer.models.dictionary import CompanyWord
from composer.models.learning import ModelStatus, SuggestionModel
from composer.models.reading import ReadMark
from composer.models.switches import Feature
from composer.models.usage import (
    MAX_ID_LENGTH,
    Augmentation,
    ComposerAction,
    ComposerEvent,
    MessageAugmentation,
    MessageSent,
)
from composer.models.writing import (
    MAX_DRAFT_LENGTH,
    MAX_WORD_LENGTH,
    Draft,
    GreetingRun,
    GreetingState,
    OfferedReply,
    OfferSet,
    PersonalWord,
    UsageReport,
)

__all__ = [
    "MAX_DRAFT_LENGTH",
    "MAX_ID_LENGTH",
    "MAX_WORD_LENGTH",
    "Augmentation",
    "CompanyWord",
    "ComposerAction",
    "ComposerEvent",
    "Draft",
    "Feature",
    "GreetingRun",
    "GreetingState",
    "MessageAugmentation",
    "MessageSent",
    "ModelStatus",
    "OfferSet",
    "OfferedReply",
    "PersonalWord",
    "ReadMark",
    "SuggestionModel",
    "UsageReport",
]
