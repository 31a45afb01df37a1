"""Texts by how they start, sorted; found by binary search."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from composer.engine.ranking.artefact import Texts

LAST = "\U0010ffff"


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
        heads = np.array([head_of(text) for text in texts], np.uint64)
        order = np.array(sorted(range(len(texts)), key=texts.__getitem__), np.int32)
        return PrefixIndex(Ordered(texts, order), numbers[order], heads[order])

    def starting_with(self, start: str) -> npt.NDArray[np.int32]:
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
