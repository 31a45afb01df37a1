"""What an agent lately said: it raises that agent's candidates, and makes candidates of what no model knows yet."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from composer.engine.model.model import Model
from composer.engine.privacy import PRIVACY, CustomerCounts, CustomerNumbers
from composer.engine.serve.candidate_index import CandidateIndex
from composer.engine.serve.settings import AgentHistoryConfig
from composer.engine.store.bags import Floats
from composer.engine.text.entities import SLOTS, masked
from composer.engine.text.tokens import fold
from composer.engine.types import Entry, RecentText


@dataclass(frozen=True, slots=True)
class AgentHistory:
    """`gains` in log units for the candidates `rows`; `new`: texts of the agent in no list and model, by frequency."""

    rows: npt.NDArray[np.int64]
    gains: Floats
    new: tuple[Entry, ...]


NO_HISTORY = AgentHistory(np.zeros(0, np.int64), np.zeros(0, np.float32), ())


class AgentHistoryReader:
    """Reads recent texts for one engine. Thread-safe: it only caches what it has read."""

    def __init__(self, model: Model, index: CandidateIndex, config: AgentHistoryConfig) -> None:
        self._model, self._index, self._config = model, index, config
        small = index.list_size <= config.max_indexed_entries
        self._row_of_text = {fold(text): row for row, text in enumerate(index.texts)} if small else {}
        self._template = functools.lru_cache(config.cached_texts)(self._read)
        self.of = functools.lru_cache(config.cached_histories)(self._of)

    def _read(self, text: str, agent: str) -> tuple[str, int]:
        """Return the masked text and the row of its candidate, -1 for none."""
        recognizer = self._model.extractor.recognizer
        shown = masked(text, recognizer.spans(text, "", agent))
        row = self._row_of_text.get(fold(text), -1)
        # Whose name stood there is not known any more; in most messages it was the customer's.
        for form in (shown, shown.replace(SLOTS["name"], SLOTS["customer"])):
            if row >= 0:
                break
            template = self._model.number_of.get(fold(form), -1)
            if template >= 0:
                [row, *_] = self._index.entries_of.get(template, [self._index.list_size + template])
        return shown, row

    def _of(self, recent: Iterable[RecentText], agent: str) -> AgentHistory:
        """Return the history that these texts make. `agent`: the agent's first name, "" where unknown."""
        if not recent:
            return NO_HISTORY
        config = self._config
        weights: Counter[int] = Counter()
        unknown: Counter[str] = Counter()
        numbers, customers = CustomerNumbers(), CustomerCounts[str](PRIVACY.min_customers_own)
        for text, weight, customer in recent:
            shown, row = self._template(text, agent)
            if row >= 0:
                weights[row] += weight  # type: ignore[assignment] # weights are fractions
            elif len(text) <= config.max_new_letters:
                unknown[shown] += weight  # type: ignore[assignment]
                if customer:
                    customers.add(shown, numbers.of(customer))
        rows = np.array(list(weights), np.int64)
        bounded = np.maximum(np.array(list(weights.values()), np.float32), config.min_weight)
        gains = config.gain * np.sign(bounded) * np.log1p(np.abs(bounded))
        new = tuple(
            Entry(key="", text=shown, source="organic")
            for shown, weight in unknown.most_common(config.max_new)
            if weight >= config.min_weight_new and customers.is_shared(shown)
        )
        return AgentHistory(rows, gains.astype(np.float32), new)
