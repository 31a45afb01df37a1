"""The weights that the texts of the phrase index have in one conversation."""

from __future__ import annotations

import numpy as np

from composer.engine.serve.state import EngineState
from composer.engine.store.bags import Floats

# Log units below the best candidate: the score of a text that only a list has.
_LIST_TEXT_GAP = 7.0
# Scores below the bound are those of templates that an entry of the list stands for; adding the offset restores them.
_DUPLICATE_BOUND, _DUPLICATE_OFFSET = -1e5, 1e6


def phrase_weights(engine: EngineState, scores: Floats, vector: Floats) -> Floats:
    """Return a weight for each text of the phrase index.

    `scores`: of all candidates in log units; `vector`: of the context. Learned texts count by their scores while the
    company's switch is on, texts that only a list has by a fixed one.
    """
    model, index, config = engine.model, engine.model.phrases, engine.settings.completion
    learned = scores[engine.index.list_size :]
    texts = len(index.starts) - 1
    fragments = texts - len(model.fragments)
    text_scores = np.full(texts, float(scores.max(initial=0.0)) - _LIST_TEXT_GAP, np.float32)
    if model.trained and engine.settings.transcripts:
        # A template that the list has, too, is offered as an entry; in phrases it counts as learned.
        restored = np.where(learned < _DUPLICATE_BOUND, learned + _DUPLICATE_OFFSET, learned)
        text_scores[: len(learned)] = restored
        text_scores[fragments:] = engine.first_stage.fragment_scores(vector)
    weights = np.exp((text_scores - text_scores.max(initial=0.0)) * np.float32(config.sharpness))
    if not engine.settings.transcripts:
        weights[: len(learned)] = 0
        weights[fragments:] = 0
    return np.asarray(weights, np.float32)
