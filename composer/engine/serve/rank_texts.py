"""Ranking of given texts by how well they answer a context: a linear model over named features.

Weights are fitted for each company on validation conversations (`train.fit_rank_weights`) and stored by name. Before
there is enough for a fit, the dual encoder and the entities decide (UNFITTED).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from composer.engine.model.model import Model
from composer.engine.serve.feature_registry import shares
from composer.engine.serve.text_batch import TextBatch
from composer.engine.serve.text_features import TEXT_FEATURES
from composer.engine.store.bags import Floats
from composer.engine.types import FeatureShare, SuggestionContext

UNFITTED: Mapping[str, float] = {
    "dot": 0.5,
    "dot_with_names": 0.3,
    "sampling_correction": 1.0,
    "said_entities": 0.93,
    "unsaid_entities": -0.31,
}


def feature_matrix(model: Model, context: SuggestionContext, texts: Sequence[str]) -> Floats:
    """Return the features of each text, `texts x features`."""
    return TEXT_FEATURES.matrix(TextBatch(model, context, texts), len(texts))


def weights_of(model: Model) -> Mapping[str, float]:
    """Return the weight of each feature by name."""
    fitted = model.rank_weights or UNFITTED
    return {name: fitted.get(name, 0.0) for name in TEXT_FEATURES.names}


def rank_scores(model: Model, context: SuggestionContext, texts: Sequence[str]) -> list[float]:
    """Return a score for each text, higher for a better answer."""
    if not texts:
        return []
    weights = np.array(list(weights_of(model).values()), np.float32)
    return [float(score) for score in feature_matrix(model, context, texts) @ weights]


def explain_rank(model: Model, context: SuggestionContext, text: str) -> dict[str, FeatureShare]:
    """Return the share of each feature in the score of a text."""
    [values] = feature_matrix(model, context, [text]).tolist()
    return shares(TEXT_FEATURES.names, values, weights_of(model))
