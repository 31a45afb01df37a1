"""What is fitted on conversations that were kept back: they are played to a model that learned from all others."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt

from composer.engine.model.model import Model
from composer.engine.serve.engine import RankingEngine
from composer.engine.store import artefact
from composer.engine.store.artefact import Texts
from composer.engine.train import fit_rank_weights, fit_reranker, tune_phrases
from composer.engine.train.corpus import Conversation
from composer.engine.types import Entry

Arrays = dict[str, npt.NDArray[Any] | Texts]
Found = tuple[dict[str, Any], Arrays]


def fitted(directory: Path, learned: Found, entries: list[Entry], kept: Sequence[Conversation]) -> Found:
    """What to add to the meta data and the arrays that were learned; both lie beside `directory` meanwhile."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{directory.name}.", dir=directory.parent) as place:
        first = Path(place) / "first"
        artefact.save(first, *learned)
        model = Model(first)
        engine = RankingEngine(model, entries)
        second = fit_reranker.fit(list(fit_reranker.trials(engine.pool, kept)))
        model.second = second
        arrays: Arrays = {"rank_weights": fit_rank_weights.fit(model, kept)}
        meta = {"second": second is not None, "caution": tune_phrases.fit(engine, kept)}
    return meta, arrays | (second.arrays() if second else {})
