"""Which values a place in agents' messages usually takes, and how times are written there.

"The ... Hotel is free" takes names of hotels, "It will be ... on Friday" what weather is like: of all names that
were said in a conversation only some belong there. Counts are kept by hashes: no value can be read from them, and
what fills a place was always said in the conversation at hand.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from composer.engine.privacy import CustomerCounts
from composer.engine.store.artefact import Artefact
from composer.engine.text.entities import CERTAIN
from composer.engine.text.features import hashed
from composer.engine.text.tokens import fold

HASHES = 1 << 32
# A place seen less often says nothing; a value never seen there counts as so many sayings, and all unseen ones as so
# many together.
LEAST_SEEN, UNSEEN, ALL_UNSEEN = 5, 0.3, 3.0
# So many of the counts are kept, the highest.
MOST = 200_000
# Values and places with values that are kept ready: one conversation meets them at each of its messages.
KEPT_VALUES, KEPT_KEYS = 10_000, 50_000
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d\d))?(\s?)([ap])\.?m\.?", re.IGNORECASE)

Place = tuple[str, str, str]


@functools.lru_cache(KEPT_VALUES)
def plain(value: str) -> str:
    """A value as it is compared: "5:00 PM" and "5pm" are one."""
    found = _TIME.fullmatch(value)
    if found is None:
        return fold(value).rstrip(".")
    return f"{int(found[1])}{_minutes(found)}{found[4].casefold()}m"


def _minutes(found: re.Match[str]) -> str:
    return f":{found[2]}" if found[2] not in (None, "00") else ""


@functools.lru_cache(KEPT_VALUES)
def style_of(value: str) -> int:
    """How a time is written: 0 for "5pm", 1 for "5 pm", 2 more with minutes at full hours; below 0 for no time."""
    found = _TIME.fullmatch(value)
    return -1 if found is None else bool(found[3]) + 2 * (found[2] == "00")


def styled(value: str, style: int) -> str:
    """A time written in a style; any other value as it is."""
    found = _TIME.fullmatch(value)
    if found is None or style < 0:
        return value
    minutes = _minutes(found) or (":00" if style & 2 else "")
    return f"{int(found[1])}{minutes}{' ' * (style & 1)}{found[4].casefold()}m"


@functools.lru_cache(KEPT_KEYS)
def _key(place: Place, value: str) -> int:
    return hashed("\t".join((*place, value)), HASHES)


class SlotValueStats:
    """Counts by hash: of a place with a value, of a place alone, of a place with a style of times."""

    def __init__(self, counts: Mapping[int, int] | None = None) -> None:
        self._counts: Counter[int] = Counter()
        self._counts.update(counts or {})
        self._customers: CustomerCounts[int] = CustomerCounts()

    def add(self, place: Place, value: str, customer: int) -> None:
        """Count that an agent's message to this customer had this value at this place."""
        key = _key(place, plain(value))
        seen = [key, _key(place, "\0all")]
        style = style_of(value)
        if style >= 0:
            seen.append(_key(place, f"\0{style}"))
        for each in seen:
            self._counts[each] += 1
            self._customers.add(each, customer)
        # How many values were seen once there.
        once = _key(place, "\0once")
        self._counts[once] += {1: 1, 2: -1}.get(self._counts[key], 0)
        self._customers.add(once, customer)

    def knows(self, place: Place) -> bool:
        """Was the place seen often enough to tell its values from others?"""
        return self._counts.get(_key(place, "\0all"), 0) >= LEAST_SEEN

    def worth(self, place: Place, value: str) -> float:
        """The logarithm of the share of a value among all that the place took."""
        count = self._counts.get(_key(place, plain(value)), 0)
        return math.log((count + UNSEEN) / (self._counts.get(_key(place, "\0all"), 0) + ALL_UNSEEN))

    def sureness(self, place: Place, value: str) -> float:
        """1 for a value that was seen at a place; the chance that a place takes a new one for any other."""
        if place[0] in CERTAIN or self._counts.get(_key(place, plain(value)), 0) or not self.knows(place):
            return 1.0
        once, every = (self._counts.get(_key(place, name), 0) for name in ("\0once", "\0all"))
        return (once + 0.5) / (every + 1.0)

    def written(self, place: Place, value: str) -> str:
        """A value as it is mostly written at a place."""
        if style_of(value) < 0:
            return value
        counts = [self._counts.get(_key(place, f"\0{style}"), 0) for style in range(4)]
        return styled(value, int(np.argmax(counts))) if sum(counts) >= LEAST_SEEN else value

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Those seen in conversations of enough customers."""
        shared = self._customers.is_shared
        rows = sorted((key, count) for key, count in self._counts.most_common(MOST) if count > 1 and shared(key))
        return {
            "usual_keys": np.array([key for key, _ in rows], np.uint32),
            "usual_counts": np.array([count for _, count in rows], np.int64),
        }


def load(artefact: Artefact) -> SlotValueStats:
    return SlotValueStats(
        dict(zip(artefact.array("usual_keys").tolist(), artefact.array("usual_counts").tolist(), strict=True))
    )
