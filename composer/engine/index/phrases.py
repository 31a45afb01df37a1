"""Where words follow each other: all positions of the learned texts, sorted by the words before them.

A position is the place between two words of a masked text. Sorted by the word before, the one before that, and
so on, all positions after the same words stand together, and a binary search in each column finds them.
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

# How many words before a position are looked at; what stands before and after a text, and before a part of a text.
REACH = 4
BEGIN, END, INNER = "\x02", "\x03", "\x01"


@dataclass(frozen=True, slots=True)
class PhraseIndex:
    """`next`: the word after each position, in the order of the columns; `text`, `at`: which text, where in it.

    `before[k]`: the word k + 1 places before. `words` is sorted: a number is a place in it.
    `flow`: for each position, the position one word further on. `starts`, `places`: positions of each text.
    """

    words: list[str]
    next: Ints
    text: Ints
    at: npt.NDArray[np.uint16]
    before: tuple[Ints, ...]
    flow: Ints
    places: Ints
    starts: npt.NDArray[np.int64]
    # The same, a number at a time: several times as fast as an array of numpy.
    next_at: memoryview
    text_at: memoryview
    at_at: memoryview
    flow_at: memoryview
    before_at: tuple[memoryview, ...]
    numbers: dict[str, int]
    # Of each word the first position after it, and one past the last of all.
    first_after: memoryview
    # The number of the end of a text, and of each slot its kind.
    end: int
    slots: dict[int, str]

    def number(self, word: str) -> int:
        """-1 for a word that no text has."""
        return self.numbers.get(word, -1)

    def starting_with(self, part: str) -> tuple[int, int]:
        """Numbers of the words that start with these letters: first, and one past the last."""
        return bisect.bisect_left(self.words, part), bisect.bisect_left(self.words, part + "\U0010ffff")

    def after(self, numbers: Sequence[int]) -> list[tuple[int, int]]:
        """The ranges of positions after the last word, the last two, and so on. `numbers`: the last comes first."""
        if numbers[0] < 0:
            return []
        low, high = self.first_after[numbers[0]], self.first_after[numbers[0] + 1]
        found = [(low, high)] if low < high else []
        for column, number in zip(self.before_at[1:], numbers[1:], strict=False):
            if number < 0 or low >= high:
                break
            low = bisect.bisect_left(column, number, low, high)
            high = bisect.bisect_right(column, number, low, high)
            if low >= high:
                break
            found.append((low, high))
        return found


def build(texts: Sequence[str], inner: npt.NDArray[np.bool_] | None = None) -> dict[str, npt.NDArray[Any] | Texts]:
    """The arrays of an index over masked texts, to be saved. `inner`: texts that begin in the middle of a message."""
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
    columns = [np.repeat(openings, lengths).astype(np.int32) for _ in range(REACH)]
    for row, text, start in zip(split, texts, starts, strict=False):
        ids = np.array([numbers[word] for word, _ in row], np.int32)
        stop = start + len(row)
        following[start:stop], following[stop] = ids, end
        at[start : stop + 1] = np.minimum([*(place for _, place in row), len(text)], 65535)
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
    words = list(artefact.texts("phrase_words"))
    following, text, at, flow, places, starts = (
        artefact.array(f"phrase_{name}") for name in ("next", "text", "at", "flow", "places", "starts")
    )
    before = tuple(artefact.array(f"phrase_before{back}") for back in range(REACH))
    return PhraseIndex(
        words,
        following,
        text,
        at,
        before,
        flow,
        places,
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
