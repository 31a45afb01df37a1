"""What an agent lately said: candidates of that agent gain, and what the model does not know yet is offered, too."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from composer.engine.model.model import Model
from composer.engine.privacy import PRIVACY, CustomerCounts, CustomerNumbers
from composer.engine.serve.candidates import CandidateIndex
from composer.engine.text.entities import SLOTS, masked
from composer.engine.text.tokens import fold
from composer.engine.types import Entry, RecentText

# How much a candidate gains for what its agent lately said of it: this much for each factor of e.
GAIN = 0.35
# What was offered and passed over loses alike, but no more than by so much: elsewhere it may be just right.
MOST_PASSED_OVER = -6.0
# What no model knows is a habit from so many times on, in conversations of different customers (`privacy`).
HABIT_FROM = 3.0
MOST_NEW, LONGEST_NEW = 12, 400


@dataclass(frozen=True, slots=True)
class AgentHistory:
    """`numbers` of candidates with their `gains`; `new`: habits that no list and no model has, most frequent first."""

    numbers: npt.NDArray[np.int64]
    gains: npt.NDArray[np.float32]
    new: tuple[Entry, ...]


NOTHING = AgentHistory(np.zeros(0, np.int64), np.zeros(0, np.float32), ())


class AgentHistoryReader:
    """Reads recent texts for one engine. Safe to share: it only remembers what it has read."""

    def __init__(self, model: Model, pool: CandidateIndex) -> None:
        self._model, self._pool = model, pool
        self._listed = {fold(text): number for number, text in enumerate(pool.texts)} if pool.listed <= 20_000 else {}
        self._template = functools.lru_cache(8192)(self._read)
        self.of = functools.lru_cache(512)(self._of)

    def _read(self, text: str, agent: str) -> tuple[str, int]:
        """The masked text, and the number of its candidate; -1 for none."""
        recognizer = self._model.reader.recognizer
        shown = masked(text, recognizer.spans(text, "", agent))
        number = self._listed.get(fold(text), -1)
        # Whose name it was is not known any more: mostly a customer's.
        for form in (shown, shown.replace(SLOTS["name"], SLOTS["customer"])):
            if number >= 0:
                break
            learned = self._model.known.get(fold(form), -1)
            if learned >= 0:
                [number, *_] = self._pool.sames.get(learned, [self._pool.listed + learned])
        return shown, number

    def _of(self, said: Iterable[RecentText], agent: str) -> AgentHistory:
        if not said:
            return NOTHING
        weights: Counter[int] = Counter()
        unknown: Counter[str] = Counter()
        numbers_of, told = CustomerNumbers(), CustomerCounts[str](PRIVACY.min_customers_own)
        for text, weight, customer in said:
            shown, number = self._template(text, agent)
            if number >= 0:
                weights[number] += weight  # type: ignore[assignment] # weights are fractions
            elif len(text) <= LONGEST_NEW:
                unknown[shown] += weight  # type: ignore[assignment]
                if customer:
                    told.add(shown, numbers_of.of(customer))
        numbers = np.array(list(weights), np.int64)
        worth = np.maximum(np.array(list(weights.values()), np.float32), MOST_PASSED_OVER)
        gains = GAIN * np.sign(worth) * np.log1p(np.abs(worth))
        new = tuple(
            Entry(key="", text=shown, source="organic")
            for shown, weight in unknown.most_common(MOST_NEW)
            if weight >= HABIT_FROM and told.is_shared(shown)
        )
        return AgentHistory(numbers, gains.astype(np.float32), new)
