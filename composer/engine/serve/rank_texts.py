"""Ranking given texts by how well they answer a scene.

Each text is known by its signs; what a sign counts was fitted for each company on conversations kept back from all
other learning (`judging`). Before there is enough for that, the towers and the facts decide.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from composer.engine.index.neighbours import shares_of
from composer.engine.model.model import Model
from composer.engine.serve.entity_features import entity_features, slot_features
from composer.engine.store.bags import Floats
from composer.engine.text.entities import masked
from composer.engine.text.features import AnalysedTurn
from composer.engine.text.similarity import alike, signatures
from composer.engine.text.templates import Template, Values
from composer.engine.text.tokens import fold, words
from composer.engine.types import SuggestionContext

Numbers = npt.NDArray[np.int64]

# The towers' product without and with the names of a text; what it tells that it was given; its facts said here and
# not; how often its template was said, and by this agent; past contexts by votes and by vector; its rare words said
# last, said before, and all; how much the towers make of it; its length, capital, question, facts filled, repetition;
# what its facts are to their places (`slot_features`).
SIGNS = (
    *("masked", "named", "given", "said", "unsaid", "popular", "habit", "votes", "expected"),
    *("asked", "before", "rare", "weight", "length", "capital", "question", "filled", "repeated"),
    *("likely", "chosen", "others", "passed"),
)
# A wording with facts is one of many that its template has.
WORDINGS = 20.0
GIVEN = 100
# Turns before the last whose words are compared.
TURNS_BEFORE = 3


def unfitted() -> Floats:
    """The weights before anything is fitted."""
    counted = {"masked": 0.5, "named": 0.3, "given": 1.0, "said": 0.93, "unsaid": -0.31}
    return np.array([counted.get(name, 0.0) for name in SIGNS], np.float32)


def sampling_correction(share: float) -> float:
    """What it tells that a text is among those given.

    The towers measure against how often a text is said. Of given texts each stands there once, so one that is
    said all the time is held against too much: by how much, for so many given texts.
    """
    return math.log(GIVEN * share / -math.expm1(GIVEN * math.log1p(-share))) if share else 0.0


@dataclass(frozen=True, slots=True)
class _Heard:
    """What texts are compared with, made once for a scene."""

    model: Model
    turns: Sequence[AnalysedTurn]
    values: Values
    text: str
    last: frozenset[str]
    before: frozenset[str]
    capitals: float

    @staticmethod
    def of(model: Model, scene: SuggestionContext) -> _Heard:
        names = scene.customer_name, scene.agent_name
        turns = [model.said(turn.role, turn.text, *names) for turn in scene.turns]
        own = [turn.text for turn in turns if turn.role == "agent" and turn.text]
        return _Heard(
            model,
            turns,
            Values.of(turns, *names, model.usual),
            " " + " ".join(word for turn in turns for word in words(fold(turn.text))) + " ",
            _words_of(turns[-1:]),
            _words_of(turns[-1 - TURNS_BEFORE : -1]),
            sum(text[0].isupper() for text in own) / len(own) - 0.5 if own else 0.0,
        )

    def signs(self, text: AnalysedTurn) -> tuple[float, ...]:
        """Those that are read off the text itself: `said`, `unsaid`, and from `asked` on without `weight`
        and `repeated`."""
        found = frozenset(words(text.folded))
        return (
            *entity_features(text, self.text),
            self._rarity(found & self.last),
            self._rarity(found & self.before),
            self._rarity(found),
            len(text.text) / 50,
            self.capitals if text.text[:1].isupper() else 0.0,
            "?" in text.text,
            self._filled(text),
            *slot_features(self.model, text, self.values),
        )

    def _rarity(self, found: Collection[str]) -> float:
        return sum(map(self.model.rarity_of, found))

    def _filled(self, text: AnalysedTurn) -> float:
        """Does filling its slots from the conversation give just this text? 0 where there is none to fill."""
        if not text.spans:
            return 0.0
        filled = Template.of(masked(text.text, list(text.spans))).filled(self.values)
        return 1.0 if filled is not None and fold(filled) == fold(text.text) else -1.0


def _words_of(turns: Sequence[AnalysedTurn]) -> frozenset[str]:
    return frozenset(word for turn in turns for word in words(turn.folded))


def feature_matrix(model: Model, scene: SuggestionContext, texts: Sequence[str]) -> Floats:
    """What is known of each text: `texts x SIGNS`."""
    heard = _Heard.of(model, scene)
    vector = model.context_vector(heard.turns, scene.queue, scene.agent)
    read = [model.said("candidate", text, scene.customer_name, scene.agent_name) for text in texts]
    known = np.array([model.known.get(one.folded, -1) for one in read], np.int64)
    own, full = _vectors(model, read)
    own[known >= 0] = model.vectors[known[known >= 0]]
    counts = np.where(known >= 0, model.counts[known], 0.0) if len(model.counts) else np.zeros(len(read))
    shares = np.minimum(counts / model.messages, 0.5) / [WORDINGS if one.spans else 1.0 for one in read]
    past = _past_signs(model, scene, vector, known)
    spoken = [turn.folded for turn in heard.turns if turn.role == "agent"]
    repeated = alike(signatures([one.folded for one in read]), signatures(spoken[-1:])) if spoken else None
    of_text = np.array([heard.signs(one) for one in read], np.float32).reshape(len(read), 13)
    return np.stack(
        [
            own @ vector,
            full @ vector,
            [sampling_correction(share) for share in shares.tolist()],
            of_text[:, 0],
            of_text[:, 1],
            np.log(counts + 0.5),
            past[0],
            past[1],
            own @ past[2],
            *of_text[:, 2:5].T,
            np.linalg.norm(own, axis=1),
            *of_text[:, 5:9].T,
            repeated[:, 0] if repeated is not None else np.zeros(len(read)),
            *of_text[:, 9:].T,
        ],
        axis=1,
        dtype=np.float32,
        casting="unsafe",
    )


def _vectors(model: Model, read: Sequence[AnalysedTurn]) -> tuple[Floats, Floats]:
    """Of each text the vector without and with its names."""
    plain = [model.reader.response(one.folded, None) for one in read]
    names = [model.reader.names_in(one.text, one.spans) for one in read]
    having = [place for place, found in enumerate(names) if len(found)]
    made = model.response_vectors([*plain, *(np.concatenate([plain[place], names[place]]) for place in having)])
    own = made[: len(read)]
    full = own.copy()
    full[having] = made[len(read) :]
    return own, full


def _past_signs(
    model: Model, scene: SuggestionContext, vector: Floats, known: Numbers
) -> tuple[Floats, Floats, Floats]:
    """Of each text the agent's habit and the votes of past contexts; the mean vector of what these contexts expect."""
    templates, worth = model.habit_worth(scene.agent)
    habits = dict(zip(templates.tolist(), worth.tolist(), strict=True))
    followed, votes = model.neighbours.votes(vector)
    voted = dict(zip(followed.tolist(), votes.tolist(), strict=True))
    expected = shares_of(votes) @ model.vectors[followed]
    return (
        np.array([habits.get(number, 0.0) for number in known.tolist()], np.float32),
        np.array([voted.get(number, 0.0) for number in known.tolist()], np.float32),
        np.asarray(expected, np.float32),
    )


def rank_scores(model: Model, scene: SuggestionContext, texts: Sequence[str]) -> list[float]:
    """How well each text answers the scene; higher is better."""
    if not texts:
        return []
    weights = model.rank_weights if len(model.rank_weights) else unfitted()
    return [float(score) for score in feature_matrix(model, scene, texts) @ weights]
