"""Calibration: all that is fitted on validation conversations, with a model that learned from all others."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from composer.engine.model.model import Model
from composer.engine.serve.engine import RankingEngine
from composer.engine.serve.text_features import TEXT_FEATURES
from composer.engine.store import artefact
from composer.engine.store.artefact import Texts
from composer.engine.train import fit_rank_weights, fit_reranker, tune_phrases
from composer.engine.train.config import TrainConfig
from composer.engine.train.corpus import Conversation
from composer.engine.types import Entry

Arrays = dict[str, npt.NDArray[Any] | Texts]
# Meta data and arrays of an artefact.
Parts = tuple[dict[str, Any], Arrays]


def uncalibrated() -> Parts:
    """Return the parts of a model without validation conversations."""
    return {}, {"rank_features": Texts.of([]), "rank_weights": np.zeros(0, np.float32)}


def calibrated(
    directory: Path, learned: Parts, entries: list[Entry], validation: Sequence[Conversation], config: TrainConfig
) -> Parts:
    """Fit re-ranker, rank weights and phrase threshold. Return what they add to the artefact.

    `learned`: the parts of the model so far; they are saved beside `directory` meanwhile.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{directory.name}.", dir=directory.parent) as temporary:
        first = Path(temporary) / "first"
        meta, arrays = learned
        artefact.save(first, meta, arrays | uncalibrated()[1])
        model = Model(first)
        engine = RankingEngine(model, entries)
        examples = list(fit_reranker.examples(engine, validation, config.reranker, config.corpus))
        reranker = fit_reranker.fit(examples, config.reranker)
        # The phrase threshold is tuned for an engine that ranks twice.
        model.reranker = reranker
        weights = fit_rank_weights.fit(model, validation, config.rank_weights, config.corpus)
        threshold = tune_phrases.fit(engine, validation, config.phrases, config.corpus)
    names = TEXT_FEATURES.names if len(weights) else ()
    fitted: Arrays = {"rank_features": Texts.of(names), "rank_weights": weights}
    return (
        {"reranker": reranker is not None, "phrase_threshold": astuple(threshold) if threshold else None},
        fitted | (reranker.arrays() if reranker else {}),
    )
