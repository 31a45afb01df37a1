"""Bags of feature ids, end to end in two arrays: what the corpus gathers and the encoders read."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

# Bags of one context: four runs of turns, the older turns, and the circumstances (`text.features`).
FIELDS = 6


@dataclass(frozen=True, slots=True)
class Bags:
    """Rows of feature ids, end to end: row i is `ids[starts[i]:starts[i + 1]]`."""

    ids: Ints
    starts: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def rows(self, chosen: npt.NDArray[np.int64]) -> Bags:
        """Return a copy of the chosen rows, in the order of `chosen`."""
        lengths = self.starts[chosen + 1] - self.starts[chosen]
        starts = np.zeros(len(chosen) + 1, np.int64)
        np.cumsum(lengths, out=starts[1:])
        positions = np.arange(starts[-1]) + np.repeat(self.starts[chosen] - starts[:-1], lengths)
        return Bags(self.ids[positions], starts)

    @staticmethod
    def of(rows: list[Ints]) -> Bags:
        """Join rows; no rows make an empty bag array."""
        starts = np.zeros(len(rows) + 1, np.int64)
        np.cumsum([len(row) for row in rows], out=starts[1:])
        return Bags(np.concatenate(rows) if rows else np.zeros(0, np.int32), starts)


class BagsBuilder:
    """Gathers rows end to end.

    One array object for each of a million messages would take most of the memory.
    """

    def __init__(self) -> None:
        self._ids = array("i")
        self._starts = array("q", [0])

    def __len__(self) -> int:
        return len(self._starts) - 1

    def add(self, row: Ints) -> None:
        self._ids.frombytes(np.ascontiguousarray(row, np.int32).tobytes())
        self._starts.append(len(self._ids))

    def __getitem__(self, index: int) -> Ints:
        return np.array(self._ids[self._starts[index] : self._starts[index + 1]], np.int32)

    def bags(self) -> Bags:
        """Return the rows so far without a copy. Adding a row raises BufferError while the result is in use."""
        return Bags(np.frombuffer(self._ids, np.int32), np.frombuffer(self._starts, np.int64))
