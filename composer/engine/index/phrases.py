"""Phrase index: all positions of the learned texts, sorted by the words before them (a suffix array of words).

A position lies between two words of a masked text. Sorted by the word before it, the one before that, and so on, all
positions after the same words are neighbours, and a binary search in each column finds them.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from composer.engine.store.artefact import Artefact, Texts
from composer.engine.text.entities import KIND_OF
from composer.engine.text.tokens import TOKEN

Ints = npt.NDArray[np.int32]

# Words before a position that the index is sorted by.
CONTEXT_WORDS = 4
# Words that stand before and after each text, and before a text that begins inside of a message.
BEGIN, END, INNER = "\x02", "\x03", "\x01"


@dataclass(frozen=True, slots=True)
class PhraseIndex:
    """Positions in sorted order, with a column for each property.

    `words`: all words, sorted; a word's number is its index. `next`: the word after each position. `text`, `at`: which
    text the position is in, and its offset there in characters. `before[k]`: the word k + 1 words before. `flow`: the
    position one word further on. The positions of text i are `positions[starts[i]:starts[i + 1]]`.
    """

    words: list[str]
    next: Ints
    text: Ints
    at: npt.NDArray[np.uint16]
    before: tuple[Ints, ...]
    flow: Ints
    positions: Ints
    starts: npt.NDArray[np.int64]
    # The same columns for access to single numbers, which is several times as fast as in an array of numpy.
    next_at: memoryview
    text_at: memoryview
    at_at: memoryview
    flow_at: memoryview
    before_at: tuple[memoryview, ...]
    numbers: dict[str, int]
    # For each word the first position after it; one more for the end.
    first_after: memoryview
    # The number of END; the kind of each slot by its number.
    end: int
    slots: dict[int, str]

    def number(self, word: str) -> int:
        """Return the number of a word, -1 for one that no text has."""
        return self.numbers.get(word, -1)

    def starting_with(self, part: str) -> tuple[int, int]:
        """Return the range of numbers of the words that start with these letters: first, and one past the last."""
        return bisect.bisect_left(self.words, part), bisect.bisect_left(self.words, part + "\U0010ffff")

    def after(self, numbers: Sequence[int]) -> list[tuple[int, int]]:
        """Return the ranges of positions after the last word, after the last two, and so on, as far as there are any.

        `numbers`: of the words before, the last word first.
        """
        if numbers[0] < 0:
            return []
        low, high = self.first_after[numbers[0]], self.first_after[numbers[0] + 1]
        ranges = [(low, high)] if low < high else []
        for column, number in zip(self.before_at[1:], numbers[1:], strict=False):
            if number < 0 or low >= high:
                break
            low = bisect.bisect_left(column, number, low, high)
            high = bisect.bisect_right(column, number, low, high)
            if low >= high:
                break
            ranges.append((low, high))
        return ranges


def build(texts: Sequence[str], inner: npt.NDArray[np.bool_] | None = None) -> dict[str, npt.NDArray[Any] | Texts]:
    """Return the arrays of an index over masked texts, to save. `inner`: texts that begin inside of a message."""
    split = [
        [(match[0].casefold().replace("’", "'"), match.start()) for match in TOKEN.finditer(text)] for text in texts
    ]
    known = sorted({BEGIN, END, INNER, *(word for row in split for word, _ in row)})
    numbers = {word: number for number, word in enumerate(known)}
    end = numbers[END]
    lengths = np.array([len(row) + 1 for row in split], np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    total = int(starts[-1])
    following = np.empty(total, np.int32)
    at = np.zeros(total, np.uint16)
    openings = np.where(inner if inner is not None else np.zeros(len(texts), bool), numbers[INNER], numbers[BEGIN])
    columns = [np.repeat(openings, lengths).astype(np.int32) for _ in range(CONTEXT_WORDS)]
    for row, text, start in zip(split, texts, starts, strict=False):
        ids = np.array([numbers[word] for word, _ in row], np.int32)
        stop = start + len(row)
        following[start:stop], following[stop] = ids, end
        at[start : stop + 1] = np.minimum([*(offset for _, offset in row), len(text)], 65535)
        for back, column in enumerate(columns):
            column[start + back + 1 : stop + 1] = ids[: max(0, len(row) - back)]
    order = np.lexsort(columns[::-1]).astype(np.int32)
    rank = np.empty(total, np.int32)
    rank[order] = np.arange(total, dtype=np.int32)
    flow = np.minimum(np.arange(1, total + 1), total - 1)
    owner = np.repeat(np.arange(len(texts), dtype=np.int32), lengths)
    return {
        "phrase_words": Texts.of(known),
        "phrase_next": following[order],
        "phrase_text": owner[order],
        "phrase_at": at[order],
        **{f"phrase_before{back}": column[order] for back, column in enumerate(columns)},
        "phrase_flow": rank[flow[order]].astype(np.int32),
        "phrase_places": rank,
        "phrase_starts": starts,
    }


def load(artefact: Artefact) -> PhraseIndex:
    """Read the index of an artefact."""
    words = list(artefact.texts("phrase_words"))
    following, text, at, flow, positions, starts = (
        artefact.array(f"phrase_{name}") for name in ("next", "text", "at", "flow", "places", "starts")
    )
    before = tuple(artefact.array(f"phrase_before{back}") for back in range(CONTEXT_WORDS))
    return PhraseIndex(
        words,
        following,
        text,
        at,
        before,
        flow,
        positions,
        starts,
        following.data,
        text.data,
        at.data,
        flow.data,
        tuple(column.data for column in before),
        {word: number for number, word in enumerate(words)},
        np.searchsorted(before[0], np.arange(len(words) + 1)).data,
        words.index(END),
        {number: KIND_OF[word] for number, word in enumerate(words) if word in KIND_OF},
    )
