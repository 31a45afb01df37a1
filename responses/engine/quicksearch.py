"""Quicksearch: what a list holds for a few typed words, best first, in well under a millisecond.

Every typed word must stand in a response, its title or its folders' names: as the start of a word, inside one, or
(from four letters on) with a mistake in it. What starts with the typed text comes first, then what holds it in one
piece, then words found whole, at their start, inside others, and misspelt ones. A title says more than the text, and
the text more than a folder; among equals the list's own order decides. Plain Python and numpy; immutable, shared by all
threads.
"""

from __future__ import annotations

import bisect
import functools
import re
import unicodedata
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.uint8]

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
# How well one typed word is found: with a mistake, inside a word, at the start of one, as one, by where that stands.
_MISSPELT, _INSIDE = 1, 3
_FOLDER, _TEXT, _TITLE = _PLACES = 0, 1, 2
_START, _WHOLE = (4, 6, 8), (5, 7, 9)
# Of those found best so many are compared letter by letter.
_COMPARED = 64
LONGEST_TERM, _MOST_WORDS = 200, 8
_INSIDE_FROM, _MISSPELT_FROM = 2, 4
_MOST_INSIDE = 400
_KEPT_WORDS = 256


@dataclass(frozen=True, slots=True)
class Document:
    """A response to be found. `path`: ids of the folder it lies in and of those above, "" ids are ignored.

    `folders`: the names of these.
    """

    text: str
    title: str = ""
    path: tuple[str, ...] = ()
    folders: str = ""


def fold(text: str) -> str:
    """Text as it is compared: no case, no accents, single spaces."""
    plain = "".join(
        letter for letter in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(letter)
    )
    return " ".join(plain.replace("’", "'").split())


def is_near(typed: str, word: str) -> bool:
    """Is one of them the other with a letter added, left out, changed, or swapped with its neighbour?"""
    if typed == word:
        return True
    if len(typed) > len(word):
        typed, word = word, typed
    if len(word) - len(typed) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(typed, word, strict=False)) if a != b), len(typed))
    if len(typed) < len(word):
        return typed[start:] == word[start + 1 :]
    rest = typed[start + 1 :] == word[start + 1 :]
    swapped = typed[start : start + 2] == word[start : start + 2][::-1] and typed[start + 2 :] == word[start + 2 :]
    return rest or swapped


class QuickSearch:
    """An index over one list. Building takes about 40 µs a response."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._texts: list[str] = []
        self._titles: list[str] = []
        found: dict[str, array[int]] = defaultdict(lambda: array("i"))
        folders: dict[str, array[int]] = defaultdict(lambda: array("i"))
        for number, document in enumerate(documents):
            text, title = fold(document.text), fold(document.title)
            self._texts.append(text)
            self._titles.append(title)
            stands = dict.fromkeys(_WORD.findall(fold(document.folders)), _FOLDER)
            stands |= dict.fromkeys(_WORD.findall(text), _TEXT) | dict.fromkeys(_WORD.findall(title), _TITLE)
            for word, where in stands.items():
                found[word].append(number * len(_PLACES) + where)
            for folder in filter(None, document.path):
                folders[folder].append(number)
        self._words = sorted(found)
        self._starts = np.concatenate([[0], np.cumsum([len(found[word]) for word in self._words], dtype=np.int64)])
        rows = np.array([row for word in self._words for row in found[word]], np.int64)
        self._rows, self._where = (rows // len(_PLACES)).astype(np.int32), (rows % len(_PLACES)).astype(np.uint8)
        self._folders = {folder: np.array(numbers, np.int32) for folder, numbers in folders.items()}
        self._joined = "\n" + "\n".join(self._words) + "\n"
        self._offsets = np.concatenate([[0], np.cumsum([len(word) + 1 for word in self._words], dtype=np.int64)])
        self._shortened: dict[str, list[int]] = defaultdict(list)
        for number, word in enumerate(self._words):
            if len(word) >= _MISSPELT_FROM - 1:
                for short in {word, *_one_left_out(word)}:
                    self._shortened[short].append(number)
        self._word_scores = functools.lru_cache(_KEPT_WORDS)(self._score_word)

    def __len__(self) -> int:
        return len(self._texts)

    def search(self, term: str, *, folder: str = "", most: int = 20) -> list[int]:
        """Places in the list of the responses that were found, best first; in and below `folder` where it is given.

        An empty term finds the first ones of the folder.
        """
        return [number for _, number in self.ranked(term, folder=folder, most=most)]

    def ranked(self, term: str, *, folder: str = "", most: int = 20) -> list[tuple[tuple[int, int], int]]:
        """As `search`, each with how well it fits, larger is better: to be compared across lists."""
        typed = fold(term[:LONGEST_TERM])
        words = _WORD.findall(typed)[:_MOST_WORDS]
        inside = self._folders.get(folder) if folder else None
        if folder and inside is None:
            return []
        if not words:
            first = inside if inside is not None else np.arange(min(most, len(self)))
            return [] if typed else [((0, 0), number) for number in first[:most].tolist()]
        scores = self._scores(words)
        numbers = np.flatnonzero(scores) if inside is None else inside[scores[inside] > 0]
        if len(numbers) > max(most, _COMPARED):
            # The list's order decides among equals: a smaller place is worth more, but less than any score.
            worth = scores[numbers].astype(np.int64) * (len(self) + 1) - numbers
            numbers = numbers[np.argpartition(-worth, max(most, _COMPARED))[: max(most, _COMPARED)]]
        found = [((self._placed(number, typed), int(scores[number])), number) for number in numbers.tolist()]
        return sorted(found, key=lambda row: (-row[0][0], -row[0][1], row[1]))[:most]

    def _placed(self, number: int, typed: str) -> int:
        """4 where the title starts with the typed text, 3 where the text does, 2 and 1 where they hold it."""
        title, text = self._titles[number], self._texts[number]
        if title.startswith(typed):
            return 4
        if text.startswith(typed):
            return 3
        return 2 if _holds(title, typed) else 1 if _holds(text, typed) else 0

    def _scores(self, words: Sequence[str]) -> Scores:
        """For each response the sum over the words, 0 where one of them is missing."""
        total = self._word_scores(words[0])
        for word in words[1:]:
            found = self._word_scores(word)
            total = np.where((total > 0) & (found > 0), total + found, 0).astype(np.uint8)
        return total

    def _score_word(self, word: str) -> Scores:
        scores = np.zeros(len(self), np.uint8)
        inside = self._inside(word) if len(word) >= _INSIDE_FROM else []
        low = bisect.bisect_left(self._words, word)
        high = bisect.bisect_left(self._words, word + "\U0010ffff", low)
        if low == high and not inside and len(word) >= _MISSPELT_FROM:
            for number in self._misspelt(word):
                scores[self._of(number)] = _MISSPELT
        for number in inside:
            scores[self._of(number)] = _INSIDE
        self._raise(scores, low, high, _START)
        if low < high and self._words[low] == word:
            self._raise(scores, low, low + 1, _WHOLE)
        scores.flags.writeable = False
        return scores

    def _raise(self, scores: Scores, low: int, high: int, worth: tuple[int, int, int]) -> None:
        """Give the responses that have one of these words what it is worth where it stands, if they have less."""
        rows = slice(self._starts[low], self._starts[high])
        numbers, where = self._rows[rows], self._where[rows]
        for place in _PLACES:
            here = numbers[where == place]
            scores[here] = np.maximum(scores[here], worth[place])

    def _of(self, number: int) -> npt.NDArray[np.int32]:
        return self._rows[self._starts[number] : self._starts[number + 1]]

    def _inside(self, word: str) -> list[int]:
        """Words that hold the typed one."""
        found: list[int] = []
        place = self._joined.find(word)
        while place >= 0 and len(found) < _MOST_INSIDE:
            number = int(self._offsets.searchsorted(place, "right")) - 1
            found.append(number)
            place = self._joined.find(word, int(self._offsets[number + 1]))
        return found

    def _misspelt(self, typed: str) -> Iterator[int]:
        """Words that are the typed one but for one mistake."""
        near = {number for short in {typed, *_one_left_out(typed)} for number in self._shortened.get(short, ())}
        return (number for number in near if is_near(typed, self._words[number]))


def _holds(text: str, typed: str) -> bool:
    """Does it stand there as it was typed, from the start of a word on?"""
    place = text.find(typed)
    while place > 0 and text[place - 1].isalnum():
        place = text.find(typed, place + 1)
    return place >= 0


def _one_left_out(word: str) -> Iterator[str]:
    return (word[:place] + word[place + 1 :] for place in range(len(word)))
