"""What is fitted on conversations that were kept back: they are played to a model that learned from all others."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from composer.engine.ranking import artefact, fitting, judging, phrasing
from composer.engine.ranking.artefact import Texts
from composer.engine.ranking.choosing import Choices
from composer.engine.ranking.corpus import Conversation
from composer.engine.ranking.measuring import scene_before
from composer.engine.ranking.model import Model
from composer.engine.ranking.phrasing import Cautions
from composer.engine.ranking.ranked import RankedScene
from composer.engine.ranking.serving import RankingEngine
from composer.engine.types import Entry, Scene

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
        second = fitting.fit(list(fitting.trials(engine.pool, kept)))
        model.second = second
        arrays: Arrays = {"rank_weights": judging.fit(model, kept)}
        choices, cautions = Choices(), Cautions()
        for number, (scene, said) in enumerate(_scenes(kept)):
            if number < phrasing.MOST_MESSAGES:
                prepared = engine.prepare(scene)
                cautions.see(prepared, said)
                choices.see(prepared, said)
            else:
                choices.see(RankedScene(engine, scene), said)
        meta = {"second": second is not None, "caution": cautions.best(), "exact": choices.best()}
    return meta, arrays | (second.arrays() if second else {})


def _scenes(kept: Sequence[Conversation]) -> Iterator[tuple[Scene, str]]:
    """All agent messages in random order, each after the scene before it."""
    places = [
        (conversation, place)
        for conversation in kept
        for place, turn in enumerate(conversation.turns)
        if turn.role == "agent" and len(turn.text) > 1
    ]
    for number in np.random.default_rng(29).permutation(len(places)).tolist():
        conversation, place = places[number]
        yield scene_before(conversation, place), conversation.turns[place].text
