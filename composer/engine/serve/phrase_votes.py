"""Positions of the phrase index that vote for the next word, each with the weight of its text in this conversation.

Most keystrokes leave a few dozen positions, which plain lists hold and walk faster than arrays; the first words of a
message leave hundreds, for which arrays are faster. Both kinds give the same answers.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from composer.engine.index.phrases import PhraseIndex
from composer.engine.serve.settings import CompletionConfig
from composer.engine.store.bags import Floats, Ints

MAX_LIST_VOTES = CompletionConfig().max_list_votes


class Votes(Protocol):
    """Positions in any order. The origin of each is where it was before the first step."""

    def __len__(self) -> int: ...

    def starting(self, low: int, high: int) -> Votes:
        """Return the positions whose next word has a number from `low` up to `high`."""

    def totals(self) -> tuple[float, float]:
        """Return the sum of the weights, and of their squares, each divided by how often its text was said."""

    def agreed(self, min_weight: float, confidence: Mapping[int, float], decay: float, limit: int) -> Steps | None:
        """Return how far the votes agree: where the heaviest was before and after its steps; None for no step.

        At each step the heaviest vote chooses the word. All votes for that word must weigh `min_weight` together,
        more after words of `confidence` below 1 and, with a `decay` below 1, at each further step. There are at most
        `limit` steps.
        """


# Origin and last position of a phrase.
Steps = tuple[int, int]
# Origin, position, next word, weight, square.
Row = tuple[int, int, int, float, float]
_weight = operator.itemgetter(3)


@dataclass(slots=True)
class FewVotes:
    """Votes in a list."""

    index: PhraseIndex
    rows: list[Row]

    def __len__(self) -> int:
        return len(self.rows)

    def starting(self, low: int, high: int) -> FewVotes:
        rows = [row for row in self.rows if low <= row[2] < high]
        return self if len(rows) == len(self.rows) else FewVotes(self.index, rows)

    def totals(self) -> tuple[float, float]:
        total = squares = 0.0
        for _, _, _, weight, square in self.rows:
            total += weight
            squares += square
        return total, squares

    def agreed(self, min_weight: float, confidence: Mapping[int, float], decay: float, limit: int) -> Steps | None:
        flow, after, rows = self.index.flow_at, self.index.next_at, self.rows
        origin, position, word, *_ = max(rows, key=_weight)
        start, mass = position, sum(map(_weight, rows))
        others = [(row[1], row[2], row[3]) for row in rows] if len(rows) > 1 else []
        for _ in range(limit):
            if word in confidence:
                if not confidence[word]:
                    break
                min_weight /= confidence[word]
            if others:
                with_word = [other for other in others if other[1] == word]
                if len(with_word) < len(others):
                    others, mass = with_word, sum([other[2] for other in with_word])
            if mass < min_weight:
                break
            min_weight /= decay
            position = flow[position]
            word = after[position]
            if len(others) > 1:
                steps = [(flow[other[0]], other[2]) for other in others]
                others = [(step, after[step], weight) for step, weight in steps]
            else:
                others = []
        return (origin, position) if position != start else None


@dataclass(slots=True)
class ManyVotes:
    """Votes in arrays. `max_list_votes`: up to this many positions, a remainder of them is put into a list."""

    index: PhraseIndex
    origins: Ints
    positions: Ints
    following: Ints
    weights: Floats
    squares: Floats
    max_list_votes: int = MAX_LIST_VOTES

    def __len__(self) -> int:
        return len(self.positions)

    def starting(self, low: int, high: int) -> Votes:
        return self._selected((self.following >= low) & (self.following < high))

    def totals(self) -> tuple[float, float]:
        return float(self.weights.sum()), float(self.squares.sum())

    def agreed(self, min_weight: float, confidence: Mapping[int, float], decay: float, limit: int) -> Steps | None:
        heaviest = self.weights.argmax()
        word = int(self.following[heaviest])
        if word in confidence:
            if not confidence[word]:
                return None
            min_weight /= confidence[word]
        chosen = self.following == word
        if float(self.weights[chosen].sum()) < min_weight:
            return None
        positions = self.index.flow[self.positions[chosen]]
        rest = votes_of(
            self.index,
            self.origins[chosen],
            positions,
            self.index.next[positions],
            self.weights[chosen],
            self.squares[chosen],
            self.max_list_votes,
        )
        further = rest.agreed(min_weight / decay, confidence, decay, limit - 1) if limit > 1 else None
        return further or (int(self.origins[heaviest]), int(positions[np.count_nonzero(chosen[:heaviest])]))

    def _selected(self, mask: npt.NDArray[np.bool_]) -> Votes:
        return votes_of(
            self.index,
            self.origins[mask],
            self.positions[mask],
            self.following[mask],
            self.weights[mask],
            self.squares[mask],
            self.max_list_votes,
        )


def votes_between(index: PhraseIndex, start: int, end: int, weights: memoryview, squares: memoryview) -> FewVotes:
    """Return the votes of the positions from `start` up to `end`. `weights`, `squares`: of the texts."""
    texts = index.text_at[start:end].tolist()
    following = index.next_at[start:end].tolist()
    return FewVotes(
        index,
        [
            (position, position, word, weights[text], squares[text])
            for position, word, text in zip(range(start, end), following, texts, strict=True)
        ],
    )


def votes_of(
    index: PhraseIndex,
    origins: Ints,
    positions: Ints,
    following: Ints,
    weights: Floats,
    squares: Floats,
    max_list_votes: int = MAX_LIST_VOTES,
) -> Votes:
    """Return votes in a list for up to `max_list_votes` positions, in arrays for more."""
    if len(positions) > max_list_votes:
        return ManyVotes(index, origins, positions, following, weights, squares, max_list_votes)
    columns = (origins.tolist(), positions.tolist(), following.tolist(), weights.tolist(), squares.tolist())
    return FewVotes(index, list(zip(*columns, strict=True)))
