"""Positions of the phrase index that vote for the next word, each with the weight of its text in this conversation.

Most keystrokes leave a few dozen positions, which plain lists hold and walk faster than arrays; the first words of
a message leave hundreds, for which arrays are faster. Both kinds answer the same questions.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from composer.engine.index.phrases import PhraseIndex

# Up to so many positions lists are faster.
FEW = 96

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]


class Votes(Protocol):
    """Positions in some order. `origin` of each: where it stood before the first step."""

    def __len__(self) -> int: ...

    def starting(self, low: int, high: int) -> Votes:
        """Those whose next word has a number from `low` up to `high`."""

    def totals(self) -> tuple[float, float]:
        """The sum of the weights, and of their squares, each by how often its text was said."""

    def agreed(self, least: float, surety: Mapping[int, float], patience: float, most: int) -> tuple[int, int] | None:
        """How far the votes go on alike: where the heaviest stood before and after its steps, None for no step.

        At each step the heaviest vote chooses the word. All that have it must weigh `least` together, more after
        words of `surety` below 1 and, with `patience` below 1, at each further step. There are at most `most` steps.
        """


# Origin, position, next word, weight, square.
Row = tuple[int, int, int, float, float]
_weight = operator.itemgetter(3)


@dataclass(slots=True)
class FewVotes:
    """In a list."""

    index: PhraseIndex
    rows: list[Row]

    def __len__(self) -> int:
        return len(self.rows)

    def starting(self, low: int, high: int) -> FewVotes:
        kept = [row for row in self.rows if low <= row[2] < high]
        return self if len(kept) == len(self.rows) else FewVotes(self.index, kept)

    def totals(self) -> tuple[float, float]:
        total = squares = 0.0
        for _, _, _, weight, square in self.rows:
            total += weight
            squares += square
        return total, squares

    def agreed(self, least: float, surety: Mapping[int, float], patience: float, most: int) -> tuple[int, int] | None:
        flow, after, rows = self.index.flow_at, self.index.next_at, self.rows
        origin, position, word, *_ = max(rows, key=_weight)
        start, mass = position, sum(map(_weight, rows))
        others = [(row[1], row[2], row[3]) for row in rows] if len(rows) > 1 else []
        for _ in range(most):
            if word in surety:
                if not surety[word]:
                    break
                least /= surety[word]
            if others:
                with_word = [other for other in others if other[1] == word]
                if len(with_word) < len(others):
                    others, mass = with_word, sum([other[2] for other in with_word])
            if mass < least:
                break
            least /= patience
            position = flow[position]
            word = after[position]
            if len(others) > 1:
                steps = [(flow[other[0]], other[2]) for other in others]
                others = [(place, after[place], weight) for place, weight in steps]
            else:
                others = []
        return (origin, position) if position != start else None


@dataclass(slots=True)
class ManyVotes:
    """In arrays."""

    index: PhraseIndex
    origins: Ints
    positions: Ints
    following: Ints
    weights: Floats
    squares: Floats

    def __len__(self) -> int:
        return len(self.positions)

    def starting(self, low: int, high: int) -> Votes:
        return self._kept((self.following >= low) & (self.following < high))

    def totals(self) -> tuple[float, float]:
        return float(self.weights.sum()), float(self.squares.sum())

    def agreed(self, least: float, surety: Mapping[int, float], patience: float, most: int) -> tuple[int, int] | None:
        heaviest = self.weights.argmax()
        word = int(self.following[heaviest])
        if word in surety:
            if not surety[word]:
                return None
            least /= surety[word]
        chosen = self.following == word
        if float(self.weights[chosen].sum()) < least:
            return None
        positions = self.index.flow[self.positions[chosen]]
        left = made(
            self.index,
            self.origins[chosen],
            positions,
            self.index.next[positions],
            self.weights[chosen],
            self.squares[chosen],
        )
        further = left.agreed(least / patience, surety, patience, most - 1) if most > 1 else None
        return further or (int(self.origins[heaviest]), int(positions[np.count_nonzero(chosen[:heaviest])]))

    def _kept(self, mask: npt.NDArray[np.bool_]) -> Votes:
        return made(
            self.index,
            self.origins[mask],
            self.positions[mask],
            self.following[mask],
            self.weights[mask],
            self.squares[mask],
        )


def between(index: PhraseIndex, start: int, end: int, weights: memoryview, squares: memoryview) -> FewVotes:
    """The few positions from start to end; `weights`, `squares` of the texts."""
    texts = index.text_at[start:end].tolist()
    following = index.next_at[start:end].tolist()
    return FewVotes(
        index,
        [
            (place, place, word, weights[text], squares[text])
            for place, word, text in zip(range(start, end), following, texts, strict=True)
        ],
    )


def made(
    index: PhraseIndex, origins: Ints, positions: Ints, following: Ints, weights: Floats, squares: Floats
) -> Votes:
    """In lists or in arrays, by how many they are."""
    if len(positions) > FEW:
        return ManyVotes(index, origins, positions, following, weights, squares)
    columns = (origins.tolist(), positions.tolist(), following.tolist(), weights.tolist(), squares.tolist())
    return FewVotes(index, list(zip(*columns, strict=True)))
