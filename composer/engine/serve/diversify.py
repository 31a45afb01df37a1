"""What is offered before anything is typed: together the three that most likely hold what will be said.

Some chance of each goes to its very words and some to all that say the same, so that three ways to ask one thing do
not fill the list while another thing may be meant.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from composer.engine.serve.candidates import OVERLAP_UNTIL
from composer.engine.serve.offers import MIN_HELD, NEAR_DUPLICATE, ScoredText, repeats, sentences
from composer.engine.serve.stages import greets, has_greeted, offers_help
from composer.engine.serve.state import EngineState
from composer.engine.store.bags import Floats
from composer.engine.templates import fill
from composer.engine.text.features import AnalysedTurn
from composer.engine.text.similarity import alike, held, signatures
from composer.engine.text.templates import Values
from composer.engine.text.tokens import fold
from composer.engine.types import MAX_OFFERS, SuggestionContext

Numbers = npt.NDArray[np.int64]

# Of a scene's best so many are weighed, and of the first of them entries written out with facts are looked for.
CHOICE, WRITTEN_OUT = 96, 32
# A less likely answer to what the customer wants is not offered: better one reply than one and two that fill the list.
MIN_CHANCE = 0.01
# The agent's latest messages, none of which is offered again unless it is likely: some questions are asked twice.
LATEST = 30
MIN_CHANCE_AGAIN = 0.05


class OwnCandidate(NamedTuple):
    """An entry of the agent's own list, or a new habit. `has_reason`: does something here speak for it?"""

    place: int
    text: str
    score: float
    has_reason: bool


class Candidates(NamedTuple):
    """What is chosen from. `sures`: how surely facts are right; `offered`: can it be? `close`: words in common."""

    numbers: Numbers
    texts: Sequence[str | None]
    scores: Floats
    sures: Floats
    offered: npt.NDArray[np.bool_]
    close: Floats


def softened(scores: Floats, trust: float) -> Floats:
    """Chances that go with scores; with less trust they are more alike."""
    chance = np.exp((scores - scores.max()) * np.float32(trust))
    return np.asarray(chance / chance.sum(), np.float32)


@dataclass
class Diversifier:
    """The choice in one scene.

    `scores`, `best`: of all candidates, and the numbers of the highest; `common`: what words in common are worth,
    None where they do not count; `spoken`: what the agent said; `text`: a candidate's text in this
    conversation, None when something to say is missing; `own`: place, text and score of the agent's own entries;
    `asks`: has the customer said what they want?
    """

    engine: EngineState
    scene: SuggestionContext
    values: Values
    scores: Floats
    best: Numbers
    common: Floats | None
    spoken: Sequence[AnalysedTurn]
    text: Callable[[int], str | None]
    own: Sequence[OwnCandidate]
    asks: bool

    def offers(self) -> list[ScoredText]:
        """Three at the most, best first; fewer where too little speaks for the rest."""
        found = self._three()
        texts = {fold(one.text) for one in found}
        # The agent's own entries compete with the rest, where something speaks for them.
        own = [one for one in self.own if one.has_reason and fold(one.text) not in texts]
        own = [one for one in own if self._may_be_said(one.text) and not self._was_said(one.text)]
        for one in sorted(own, key=lambda one: -one.score)[:MAX_OFFERS]:
            found.append(ScoredText(-1 - one.place, one.text, self._worth(one.score)))
        return sorted(found, key=lambda one: -one.score)[:MAX_OFFERS]

    def _may_be_said(self, text: str) -> bool:
        """Has its time not passed? No greeting after the first turns, no "How can I help?" after the question."""
        if self._has_greeted and greets(text):
            return False
        return self.engine.model.trained or not self.asks or not offers_help(text)

    def _was_said(self, text: str) -> bool:
        """Has the agent said the same here, with the same facts, as a message or in longer ones?"""
        return repeats(text, [turn.text for turn in self.spoken[-LATEST:]])

    @property
    def _min_chance_again(self) -> float:
        """How likely must be what the agent has said here? Few messages do not teach which are said again."""
        return MIN_CHANCE_AGAIN if self.engine.model.messages >= OVERLAP_UNTIL else math.inf

    @functools.cached_property
    def _has_greeted(self) -> bool:
        return has_greeted(self.scene.turns)

    def _three(self) -> list[ScoredText]:
        numbers, texts, scores, sures, offered, close = self._candidates()
        if not len(numbers):
            return []
        settings = self.engine.settings
        chance = softened(scores, 1.0) * (sures if settings.spread else 1.0)
        # The towers are surer of themselves than they should be: what may be meant is spread wider.
        left = softened(scores, self._trust)
        similar = (close >= settings.alike).astype(np.float32)
        # Until the customer has said what they want, nothing tells which reply is out of place; and before the first
        # training a score is no chance (see `_has_reason`).
        min_gain = MIN_CHANCE if self.asks and self.engine.model.trained else 0.0
        can = offered.copy()
        found: list[ScoredText] = []
        for _ in range(MAX_OFFERS):
            gain = settings.exact * chance + (1 - settings.exact) * (similar @ left) if settings.spread else chance
            gain = np.where(can, gain, -1.0)
            place = int(gain.argmax())
            text = texts[place]
            if not can[place] or gain[place] < min_gain or text is None:
                break
            found.append(ScoredText(int(numbers[place]), text, float(gain[place])))
            left = left * (1 - similar[place])
            can &= close[place] < NEAR_DUPLICATE
            can[place] = False
        return found

    def _candidates(self) -> Candidates:
        pool, settings = self.engine.pool, self.engine.settings
        numbers, scores = self._ranked
        texts = [self.text(number) for number in numbers.tolist()]
        sureness = list(map(self._sureness, numbers.tolist()))
        sures = pool.sures[numbers] * np.array(sureness, np.float32)
        written = self._written(numbers, scores)
        if written:
            numbers = np.append(numbers, [number for number, _, _ in written])
            texts += [text for _, text, _ in written]
            scores = np.append(scores, np.array([score for _, _, score in written], np.float32))
            sures = np.append(sures, np.ones(len(written), np.float32))
        sures = sures**settings.fillpower
        offered = np.array([text is not None and self._may_be_said(text) for text in texts], bool)
        offered &= (sures >= settings.surest) & self._has_reason(numbers)
        bits = pool.signatures_of(numbers)
        if self.spoken:
            # Few look like something said; only these are compared word by word.
            latest = self.spoken[-LATEST:]
            looks_said = alike(bits, signatures([turn.folded for turn in latest])).max(axis=1) >= NEAR_DUPLICATE
            parts = [part for turn in latest for part in sentences(turn.folded)]
            if parts:
                looks_said |= held(bits, signatures(parts)).max(axis=1) >= MIN_HELD
            unlikely = softened(scores, 1.0) < self._min_chance_again
            for place in np.flatnonzero(offered & unlikely & looks_said).tolist():
                offered[place] = not self._was_said(texts[place] or "")
        return Candidates(numbers, texts, scores, sures, offered, alike(bits, bits))

    def _sureness(self, number: int) -> float:
        template = self.engine.template(number)
        found = template.sureness(self.values)
        return 1.0 if not found and number < self.engine.pool.listed and template.has_numbers_alone else found

    def _has_reason(self, numbers: Numbers) -> npt.NDArray[np.bool_]:
        """Before the first training only words in common speak for an answer to what the customer has said."""
        if self.engine.model.trained or self.common is None or not self.asks:
            return np.ones(len(numbers), bool)
        return np.asarray(self.common[numbers] > 0, bool)

    @functools.cached_property
    def _ranked(self) -> tuple[Numbers, Floats]:
        """The candidates with the highest scores that count before anything is typed, and these scores."""
        if self.common is None:
            return self.best[:CHOICE], self.scores[self.best[:CHOICE]]
        pool = self.engine.pool
        scores = pool.unprompted(self.scores, self.common)
        best = pool.best(scores, CHOICE)
        if self.spoken and len(best):
            # A message has everything in common with itself: that it was said is no reason to say it again.
            spoken = signatures([turn.folded for turn in self.spoken])
            close = alike(pool.signatures_of(best), spoken).max(axis=1)
            said = best[close >= NEAR_DUPLICATE]
            scores[said] = self.scores[said] - np.float32(pool.common_when_typed) * self.common[said]
            best = best[np.argsort(-scores[best], kind="stable")]
        return best, scores[best]

    def _written(self, numbers: Numbers, scores: Floats) -> list[tuple[int, str, float]]:
        """Entries written out with facts, of which enough were said here, their texts and scores."""
        if not self.engine.settings.variants:
            return []
        pool = self.engine.pool
        found = []
        said = {fold(value.text) for values in self.values.by_kind.values() for value in values}
        for number, score in zip(numbers[:WRITTEN_OUT].tolist(), scores.tolist(), strict=False):
            if number in pool.variants.groups:
                # The score holds the chance that filling is right; these are for when it is not.
                undo = pool.weights.filling * float(pool.filling[number])
                for variant, chance in pool.variants.fitting(number, said, 2):
                    text = fill(pool.texts[variant], self.scene.inserts)
                    if text is not None and text != self.text(number):
                        found.append((variant, text, score - undo + float(np.log(chance))))
        return found

    @property
    def _trust(self) -> float:
        settings = self.engine.settings
        return settings.trust if self.engine.model.second is None else settings.trust_again

    def _worth(self, score: float) -> float:
        """What one with this score is worth among those that are chosen from, like none of them."""
        settings, every = self.engine.settings, np.append(self._ranked[1], np.float32(score))
        very, spread = (float(softened(every, trust)[-1]) for trust in (1.0, self._trust))
        return settings.exact * very + (1 - settings.exact) * spread if settings.spread else very
