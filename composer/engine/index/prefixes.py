"""Prefix index: sorted texts, found by binary search."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from composer.engine.store.artefact import Texts

LAST = "\U0010ffff"
# Up to this many texts the index holds Python strings, which are searched ten times as fast as bytes in a file.
MAX_STRINGS = 20_000


def head_of(text: str) -> int:
    """Return the first eight bytes of a text as a number with the same order."""
    return int.from_bytes(text.encode("utf-8", "surrogatepass")[:8].ljust(8, b"\0"), "big")


@dataclass(frozen=True, slots=True)
class PrefixIndex:
    """Sorted `texts`; `numbers[i]`: the candidate that text i belongs to; `heads[i]`: its first bytes (`head_of`)."""

    texts: Sequence[str]
    numbers: npt.NDArray[np.int32]
    heads: npt.NDArray[np.uint64]

    @staticmethod
    def of(texts: Texts, numbers: npt.NDArray[np.int32], max_strings: int = MAX_STRINGS) -> PrefixIndex:
        """Sort texts. `numbers`: the candidate of each, which may have several texts."""
        heads = np.fromiter(map(head_of, texts), np.uint64, len(texts))
        order = np.argsort(heads, kind="stable").astype(np.int32)
        heads = heads[order]
        # Sort by whole text only inside of equal heads: half a million Python strings at once would not fit in memory.
        changes = np.flatnonzero(np.diff(heads, prepend=~heads[:1], append=~heads[-1:]))
        for start, end in itertools.pairwise(changes.tolist()):
            if end - start > 1:
                order[start:end] = sorted(order[start:end].tolist(), key=texts.__getitem__)
        return PrefixIndex(_as_strings(Ordered(texts, order), max_strings), numbers[order], heads)

    @staticmethod
    def in_order(texts: Texts, order: npt.NDArray[np.int32], heads: npt.NDArray[np.uint64]) -> PrefixIndex:
        """Read an index whose order was saved."""
        return PrefixIndex(_as_strings(Ordered(texts, order), MAX_STRINGS), order, heads)

    def starting_with(self, start: str) -> npt.NDArray[np.int32]:
        """Return the numbers of the texts that start with this, in the order of the texts."""
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
    """A view of texts in another order."""

    texts: Sequence[str]
    order: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        return self.texts[self.order.item(index)]


def _as_strings(texts: Ordered, limit: int) -> Sequence[str]:
    return list(texts) if len(texts) <= limit else texts
