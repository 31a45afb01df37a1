"""Bags of feature rows, end to end in two arrays: what the corpus gathers and the encoders read."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

FIELDS = 6


@dataclass(frozen=True, slots=True)
class Bags:
    """Rows of feature numbers, end to end: row i is `ids[starts[i]:starts[i + 1]]`."""

    ids: Ints
    starts: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def rows(self, chosen: npt.NDArray[np.int64]) -> Bags:
        lengths = self.starts[chosen + 1] - self.starts[chosen]
        starts = np.zeros(len(chosen) + 1, np.int64)
        np.cumsum(lengths, out=starts[1:])
        places = np.arange(starts[-1]) + np.repeat(self.starts[chosen] - starts[:-1], lengths)
        return Bags(self.ids[places], starts)

    @staticmethod
    def of(rows: list[Ints]) -> Bags:
        starts = np.zeros(len(rows) + 1, np.int64)
        np.cumsum([len(row) for row in rows], out=starts[1:])
        return Bags(np.concatenate(rows) if rows else np.zeros(0, np.int32), starts)


class BagsBuilder:
    """Gathers rows end to end: an array object for each of a million messages would take most of the memory."""

    def __init__(self) -> None:
        self._ids = array("i")
        self._starts = array("q", [0])

    def __len__(self) -> int:
        return len(self._starts) - 1

    def add(self, row: Ints) -> None:
        self._ids.frombytes(np.ascontiguousarray(row, np.int32).tobytes())
        self._starts.append(len(self._ids))

    def __getitem__(self, place: int) -> Ints:
        return np.array(self._ids[self._starts[place] : self._starts[place + 1]], np.int32)

    def bags(self) -> Bags:
        """The rows so far; nothing can be added while they are in use."""
        return Bags(np.frombuffer(self._ids, np.int32), np.frombuffer(self._starts, np.int64))
