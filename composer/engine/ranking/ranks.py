"""Ranking given texts by how well they answer a scene."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from composer.engine.ranking.features import Said
from composer.engine.ranking.model import Model
from composer.engine.ranking.words import fold, words
from composer.engine.types import Scene


@dataclass(frozen=True, slots=True)
class RankWeights:
    """Weights of the towers' product without and with the names of a text, and of its facts said here or not."""

    masked: float = 0.5
    named: float = 0.3
    said: float = 0.93
    unsaid: float = -0.31
    given: float = 1.0


# A wording with facts is one of many that its template has.
WORDINGS = 20.0
GIVEN = 100


def given_sign(share: float) -> float:
    """What it tells that a text is among those given.

    The towers measure against how often a text is said. Of given texts each stands there once, so one that is
    said all the time is held against too much: by how much, for so many given texts.
    """
    return math.log(GIVEN * share / -math.expm1(GIVEN * math.log1p(-share))) if share else 0.0


def fact_signs(text: Said, heard: str) -> tuple[float, float]:
    """How many facts of a text were said in the conversation, and how many were not."""
    said = unsaid = 0.0
    for span in text.spans:
        if span.kind in ("customer", "agent"):
            continue
        found = words(fold(text.text[span.start : span.end]))
        share = sum(f" {word} " in heard for word in found) / max(len(found), 1)
        said += share
        unsaid += 1 - share
    return said, unsaid


def rank_scores(model: Model, scene: Scene, texts: Sequence[str], weights: RankWeights) -> list[float]:
    turns = [model.said(turn.role, turn.text, scene.customer_name, scene.agent_name) for turn in scene.turns]
    vector = model.context_vector(turns, scene.queue, scene.agent)
    heard = " " + " ".join(word for turn in turns for word in words(fold(turn.text))) + " "
    read = [model.said("candidate", text, scene.customer_name, scene.agent_name) for text in texts]
    plain = [model.reader.response(one.folded, None) for one in read]
    named = [
        np.concatenate([ids, model.reader.names_in(one.text, one.spans)]) for ids, one in zip(plain, read, strict=True)
    ]
    masked, full = model.response_vectors(plain), model.response_vectors(named)
    given = np.zeros(len(read))
    for place, one in enumerate(read):
        number = model.known.get(one.folded)
        if number is not None:
            masked[place] = model.vectors[number]
            share = min(float(model.counts[number]) / model.messages, 0.5)
            given[place] = given_sign(share / WORDINGS if one.spans else share)
    signs = np.array([fact_signs(one, heard) for one in read]).reshape(len(read), 2)
    scores = weights.masked * (masked @ vector) + weights.named * (full @ vector) + weights.given * given
    scores += weights.said * signs[:, 0] + weights.unsaid * signs[:, 1]
    return [float(score) for score in scores]
