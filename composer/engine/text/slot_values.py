"""Statistics of the values that a slot takes between two words, and of how times are written there.

"The ... Hotel is free" takes names of hotels, "It will be ... on Friday" what weather is like: of all names said in a
conversation only some belong in a slot. Counts are kept by hash, so no value can be read from them; what fills a slot
was always said in the conversation at hand.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from composer.engine.privacy import CustomerCounts
from composer.engine.store.artefact import Artefact
from composer.engine.text.entities import CERTAIN
from composer.engine.text.features import hashed
from composer.engine.text.tokens import fold

VALUE_HASHES = 1 << 32
_CACHED_VALUES, _CACHED_KEYS = 10_000, 50_000
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d\d))?(\s?)([ap])\.?m\.?", re.IGNORECASE)

# A slot: its kind, the word before it and the word after it.
SlotContext = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class SlotValueConfig:
    """When statistics of a slot are trusted, and how they are smoothed."""

    min_seen: int = 5  # values counted in a slot context, below: nothing is known of it
    unseen_count: float = 0.3  # pseudo-count of a value that was never seen in the slot context
    unseen_total: float = 3.0  # pseudo-count of all unseen values together
    max_counts: int = 200_000  # counts kept in an artefact, the highest


@functools.lru_cache(_CACHED_VALUES)
def plain(value: str) -> str:
    """Return a value in the form in which values are compared: "5:00 PM" and "5pm" are equal."""
    time = _TIME.fullmatch(value)
    if time is None:
        return fold(value).rstrip(".")
    return f"{int(time[1])}{_minutes(time)}{time[4].casefold()}m"


def _minutes(time: re.Match[str]) -> str:
    return f":{time[2]}" if time[2] not in (None, "00") else ""


@functools.lru_cache(_CACHED_VALUES)
def style_of(value: str) -> int:
    """Return how a time is written: 0 for "5pm", 1 for "5 pm", 2 more for "5:00"; -1 for no time."""
    time = _TIME.fullmatch(value)
    return -1 if time is None else bool(time[3]) + 2 * (time[2] == "00")


def styled(value: str, style: int) -> str:
    """Return a time written in a style of `style_of`; any other value unchanged."""
    time = _TIME.fullmatch(value)
    if time is None or style < 0:
        return value
    minutes = _minutes(time) or (":00" if style & 2 else "")
    return f"{int(time[1])}{minutes}{' ' * (style & 1)}{time[4].casefold()}m"


@functools.lru_cache(_CACHED_KEYS)
def _key(slot: SlotContext, value: str) -> int:
    return hashed("\t".join((*slot, value)), VALUE_HASHES)


class SlotValueStats:
    """Counts by hash: of a value in a slot context, of a slot context alone, and of its styles of times."""

    def __init__(self, counts: Mapping[int, int] | None = None, config: SlotValueConfig | None = None) -> None:
        self.config = config or SlotValueConfig()
        self._counts: Counter[int] = Counter()
        self._counts.update(counts or {})
        self._customers: CustomerCounts[int] = CustomerCounts()

    def add(self, slot: SlotContext, value: str, customer: int) -> None:
        """Count that an agent's message to this customer had this value in this slot context."""
        key = _key(slot, plain(value))
        keys = [key, _key(slot, "\0all")]
        style = style_of(value)
        if style >= 0:
            keys.append(_key(slot, f"\0{style}"))
        for each in keys:
            self._counts[each] += 1
            self._customers.add(each, customer)
        # The number of values that were seen exactly once there.
        once = _key(slot, "\0once")
        self._counts[once] += {1: 1, 2: -1}.get(self._counts[key], 0)
        self._customers.add(once, customer)

    def is_known(self, slot: SlotContext) -> bool:
        """Return whether the slot context was seen often enough to tell its values from others."""
        return self._counts.get(_key(slot, "\0all"), 0) >= self.config.min_seen

    def log_share(self, slot: SlotContext, value: str) -> float:
        """Return the log of the smoothed share that a value has among all values of the slot context."""
        count = self._counts.get(_key(slot, plain(value)), 0)
        total = self._counts.get(_key(slot, "\0all"), 0)
        return math.log((count + self.config.unseen_count) / (total + self.config.unseen_total))

    def confidence(self, slot: SlotContext, value: str) -> float:
        """Return the probability that a value may stand in a slot context.

        1.0 for a value that was seen there and for a slot context that is not known; for any other value the
        Good-Turing estimate of a new one: the share of values that were seen once.
        """
        if slot[0] in CERTAIN or self._counts.get(_key(slot, plain(value)), 0) or not self.is_known(slot):
            return 1.0
        once, total = (self._counts.get(_key(slot, name), 0) for name in ("\0once", "\0all"))
        return (once + 0.5) / (total + 1.0)

    def written(self, slot: SlotContext, value: str) -> str:
        """Return a time in the style that the slot context mostly has; any other value unchanged."""
        if style_of(value) < 0:
            return value
        counts = [self._counts.get(_key(slot, f"\0{style}"), 0) for style in range(4)]
        return styled(value, int(np.argmax(counts))) if sum(counts) >= self.config.min_seen else value

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the counts to save: those above 1 that conversations of enough customers hold."""
        shared = self._customers.is_shared
        rows = sorted(
            (key, count) for key, count in self._counts.most_common(self.config.max_counts) if count > 1 and shared(key)
        )
        return {
            "usual_keys": np.array([key for key, _ in rows], np.uint32),
            "usual_counts": np.array([count for _, count in rows], np.int64),
        }


def load(artefact: Artefact) -> SlotValueStats:
    """Read the statistics of an artefact."""
    keys, counts = (artefact.array(f"usual_{name}").tolist() for name in ("keys", "counts"))
    return SlotValueStats(dict(zip(keys, counts, strict=True)))
