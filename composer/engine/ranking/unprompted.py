"""What is offered before anything is typed: together the three that most likely hold what will be said.

Some chance of each goes to its very words and some to all that say the same, so that three ways to ask one thing do
not fill the list while another thing may be meant.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from composer.engine.ranking.offers import NEAR_DUPLICATE, Ready
from composer.engine.ranking.similarity import alike, signatures
from composer.engine.ranking.slots import Values
from composer.engine.ranking.towers import Floats
from composer.engine.ranking.words import fold
from composer.engine.templates import fill
from composer.engine.types import MAX_OFFERS, Scene

if TYPE_CHECKING:
    from composer.engine.ranking.serving import RankingEngine

Numbers = npt.NDArray[np.int64]

# Of a scene's best so many are weighed, and of the first of them entries written out with facts are looked for.
CHOICE, WRITTEN_OUT = 96, 32


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
class Unprompted:
    """The choice in one scene.

    `scores`, `best`: of all candidates, and the numbers of the highest; `common`: what words in common are worth,
    None where they do not count; `spoken`: folded, what the agent said; `text`: a candidate's text in this
    conversation, None when something to say is missing; `own`: place, text and score of the agent's own entries.
    """

    engine: RankingEngine
    scene: Scene
    values: Values
    scores: Floats
    best: Numbers
    common: Floats | None
    spoken: Sequence[str]
    text: Callable[[int], str | None]
    own: Sequence[tuple[int, str, float]]

    def offers(self) -> list[Ready]:
        """Three at the most, best first."""
        found = self._three()
        texts = {fold(one.text) for one in found}
        # The agent's own entries compete with the rest.
        for place, text, score in sorted(self.own, key=lambda row: -row[2])[:MAX_OFFERS]:
            if fold(text) not in texts:
                found.append(Ready(-1 - place, text, self._worth(score)))
        return sorted(found, key=lambda one: -one.score)[:MAX_OFFERS]

    def _three(self) -> list[Ready]:
        numbers, texts, scores, sures, offered, close = self._candidates()
        if not len(numbers):
            return []
        settings = self.engine.settings
        chance = softened(scores, 1.0) * (sures if settings.spread else 1.0)
        # The towers are surer of themselves than they should be: what may be meant is spread wider.
        left = softened(scores, self._trust)
        similar = (close >= settings.alike).astype(np.float32)
        can = offered.copy()
        found: list[Ready] = []
        for _ in range(MAX_OFFERS):
            gain = settings.exact * chance + (1 - settings.exact) * (similar @ left) if settings.spread else chance
            gain = np.where(can, gain, -1.0)
            place = int(gain.argmax())
            text = texts[place]
            if gain[place] <= 0 or text is None:
                break
            found.append(Ready(int(numbers[place]), text, float(gain[place])))
            left = left * (1 - similar[place])
            can &= close[place] < NEAR_DUPLICATE
            can[place] = False
        return found

    def _candidates(self) -> Candidates:
        pool, settings = self.engine.pool, self.engine.settings
        numbers, scores = self._ranked
        texts = [self.text(number) for number in numbers.tolist()]
        sureness = [self.engine.template(number).sureness(self.values) for number in numbers.tolist()]
        sures = pool.sures[numbers] * np.array(sureness, np.float32)
        written = self._written(numbers, scores)
        if written:
            numbers = np.append(numbers, [number for number, _, _ in written])
            texts += [text for _, text, _ in written]
            scores = np.append(scores, np.array([score for _, _, score in written], np.float32))
            sures = np.append(sures, np.ones(len(written), np.float32))
        sures = sures**settings.fillpower
        offered = np.array([text is not None for text in texts], bool) & (sures >= settings.surest)
        bits = pool.signatures_of(numbers)
        return Candidates(numbers, texts, scores, sures, offered, alike(bits, bits))

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
            close = alike(pool.signatures_of(best), signatures(self.spoken)).max(axis=1)
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
