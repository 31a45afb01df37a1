"""Texts by how they start, sorted; found by binary search."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from composer.engine.store.artefact import Texts

LAST = "\U0010ffff"
# So many texts are worth their memory as objects of their own, which are found ten times as fast.
MOST_OBJECTS = 20_000


def head_of(text: str) -> int:
    """The first eight bytes of a text as a number that sorts alike."""
    return int.from_bytes(text.encode("utf-8", "surrogatepass")[:8].ljust(8, b"\0"), "big")


@dataclass(frozen=True, slots=True)
class PrefixIndex:
    """`numbers[i]` is whose text `texts[i]` is; `texts` is sorted, `heads[i]` the number of its first bytes."""

    texts: Sequence[str]
    numbers: npt.NDArray[np.int32]
    heads: npt.NDArray[np.uint64]

    @staticmethod
    def of(texts: Texts, numbers: npt.NDArray[np.int32]) -> PrefixIndex:
        heads = np.fromiter(map(head_of, texts), np.uint64, len(texts))
        order = np.argsort(heads, kind="stable").astype(np.int32)
        heads = heads[order]
        # Those that start alike by their whole text: never all at once, for half a million take their memory.
        changes = np.flatnonzero(np.diff(heads, prepend=~heads[:1], append=~heads[-1:]))
        for start, end in itertools.pairwise(changes.tolist()):
            if end - start > 1:
                order[start:end] = sorted(order[start:end].tolist(), key=texts.__getitem__)
        return PrefixIndex(_quick(Ordered(texts, order)), numbers[order], heads)

    @staticmethod
    def in_order(texts: Texts, order: npt.NDArray[np.int32], heads: npt.NDArray[np.uint64]) -> PrefixIndex:
        """Texts whose order was written down."""
        return PrefixIndex(_quick(Ordered(texts, order)), order, heads)

    def starting_with(self, start: str) -> npt.NDArray[np.int32]:
        if isinstance(self.texts, list):
            low = bisect.bisect_left(self.texts, start)
            return self.numbers[low : bisect.bisect_left(self.texts, start + LAST, low)]
        encoded = start.encode("utf-8", "surrogatepass")
        first = np.uint64(int.from_bytes(encoded[:8].ljust(8, b"\0"), "big"))
        last = np.uint64(int.from_bytes(encoded[:8].ljust(8, b"\xff"), "big"))
        low = int(self.heads.searchsorted(first, "left"))
        high = int(self.heads.searchsorted(last, "right"))
        if len(encoded) > 8 and low < high:
            low = bisect.bisect_left(self.texts, start, low, high)
            high = bisect.bisect_left(self.texts, start + LAST, low, high)
        return self.numbers[low:high]


@dataclass(frozen=True, slots=True)
class Ordered(Sequence[str]):
    """Texts in a sorted order that was written down, without moving them."""

    texts: Sequence[str]
    order: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, place):  # type: ignore[no-untyped-def]
        return self.texts[self.order.item(place)]


def _quick(texts: Ordered) -> Sequence[str]:
    return list(texts) if len(texts) <= MOST_OBJECTS else texts
