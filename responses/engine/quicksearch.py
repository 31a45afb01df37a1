"""Quicksearch: finds the responses of a list for a few typed words, best first, in well under a millisecond.

Every typed word must occur in a response, its title or its folders' names: as the start of a word, inside one, or
(from four letters on) with a mistake in it. Responses that start with the typed text come first, then those that hold
it in one piece, then those with whole words, starts of words, parts of words, and misspelt words. A title counts more
than the text, and the text more than a folder; between equals the list's own order decides. Plain Python and numpy;
immutable, shared by all threads.
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
# Scores of one typed word: found with a mistake or inside another word, anywhere; and as the start of a word or as a
# whole word, in a folder's name, the text or the title.
_MISSPELT, _INSIDE = 1, 3
_FOLDER, _TEXT, _TITLE = _FIELDS = 0, 1, 2
_START, _WHOLE = (4, 6, 8), (5, 7, 9)
# This many responses with the best scores are compared with the typed text letter by letter.
_MAX_COMPARED = 64
MAX_TERM_LENGTH, _MAX_TERM_WORDS = 200, 8
# Typed words from this length on are looked for inside other words, and with a mistake.
_MIN_LENGTH_INSIDE, _MIN_LENGTH_MISSPELT = 2, 4
_MAX_WORDS_INSIDE = 400
_MAX_CACHED_WORDS = 256


@dataclass(frozen=True, slots=True)
class Document:
    """A response to be found.

    `path` holds the ids of its folder and of those above; "" is ignored. `folders` holds their names.
    """

    text: str
    title: str = ""
    path: tuple[str, ...] = ()
    folders: str = ""


def fold(text: str) -> str:
    """Return the text as it is compared: without case, accents and repeated spaces."""
    plain = "".join(
        letter for letter in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(letter)
    )
    return " ".join(plain.replace("’", "'").split())


def is_near(typed: str, word: str) -> bool:
    """Return True if the two are equal but for one letter added, left out, changed or swapped with its neighbour."""
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
        occurrences: dict[str, array[int]] = defaultdict(lambda: array("i"))
        folders: dict[str, array[int]] = defaultdict(lambda: array("i"))
        for number, document in enumerate(documents):
            text, title = fold(document.text), fold(document.title)
            self._texts.append(text)
            self._titles.append(title)
            fields = dict.fromkeys(_WORD.findall(fold(document.folders)), _FOLDER)
            fields |= dict.fromkeys(_WORD.findall(text), _TEXT) | dict.fromkeys(_WORD.findall(title), _TITLE)
            for word, best_field in fields.items():
                occurrences[word].append(number * len(_FIELDS) + best_field)
            for folder in filter(None, document.path):
                folders[folder].append(number)
        self._words = sorted(occurrences)
        counts = [len(occurrences[word]) for word in self._words]
        self._starts = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
        rows = np.array([row for word in self._words for row in occurrences[word]], np.int64)
        self._rows, self._fields = (rows // len(_FIELDS)).astype(np.int32), (rows % len(_FIELDS)).astype(np.uint8)
        self._folders = {folder: np.array(numbers, np.int32) for folder, numbers in folders.items()}
        self._joined = "\n" + "\n".join(self._words) + "\n"
        self._offsets = np.concatenate([[0], np.cumsum([len(word) + 1 for word in self._words], dtype=np.int64)])
        self._shortened: dict[str, list[int]] = defaultdict(list)
        for number, word in enumerate(self._words):
            if len(word) >= _MIN_LENGTH_MISSPELT - 1:
                for short in {word, *_one_left_out(word)}:
                    self._shortened[short].append(number)
        self._word_scores = functools.lru_cache(_MAX_CACHED_WORDS)(self._score_word)

    def __len__(self) -> int:
        return len(self._texts)

    def search(self, term: str, *, folder: str = "", limit: int = 20) -> list[int]:
        """Return the indexes of at most `limit` responses, best first. `folder` restricts them to it and those below.

        An empty term finds the first responses of the folder.
        """
        return [number for _, number in self.ranked(term, folder=folder, limit=limit)]

    def ranked(self, term: str, *, folder: str = "", limit: int = 20) -> list[tuple[tuple[int, int], int]]:
        """Do the same as `search`, and return pairs of rank and index. Ranks of several lists may be compared.

        A larger rank is a better match.
        """
        typed = fold(term[:MAX_TERM_LENGTH])
        words = _WORD.findall(typed)[:_MAX_TERM_WORDS]
        inside = self._folders.get(folder) if folder else None
        if folder and inside is None:
            return []
        if not words:
            first = inside if inside is not None else np.arange(min(limit, len(self)))
            return [] if typed else [((0, 0), number) for number in first[:limit].tolist()]
        scores = self._scores(words)
        numbers = np.flatnonzero(scores) if inside is None else inside[scores[inside] > 0]
        max_compared = max(limit, _MAX_COMPARED)
        if len(numbers) > max_compared:
            # Between equal scores the smaller index wins, because the list's own order decides.
            keys = scores[numbers].astype(np.int64) * (len(self) + 1) - numbers
            numbers = numbers[np.argpartition(-keys, max_compared)[:max_compared]]
        ranked = [((self._phrase_rank(number, typed), int(scores[number])), number) for number in numbers.tolist()]
        return sorted(ranked, key=lambda row: (-row[0][0], -row[0][1], row[1]))[:limit]

    def _phrase_rank(self, number: int, typed: str) -> int:
        """Return 4 if the title starts with the typed text, 3 if the text does, 2 or 1 if they hold it, else 0."""
        title, text = self._titles[number], self._texts[number]
        if title.startswith(typed):
            return 4
        if text.startswith(typed):
            return 3
        return 2 if _holds(title, typed) else 1 if _holds(text, typed) else 0

    def _scores(self, words: Sequence[str]) -> Scores:
        """Return the sum of the words' scores for each response; 0 if it lacks one of them."""
        total = self._word_scores(words[0])
        for word in words[1:]:
            scores = self._word_scores(word)
            total = np.where((total > 0) & (scores > 0), total + scores, 0).astype(np.uint8)
        return total

    def _score_word(self, word: str) -> Scores:
        scores = np.zeros(len(self), np.uint8)
        inside = self._inside(word) if len(word) >= _MIN_LENGTH_INSIDE else []
        low = bisect.bisect_left(self._words, word)
        high = bisect.bisect_left(self._words, word + "\U0010ffff", low)
        if low == high and not inside and len(word) >= _MIN_LENGTH_MISSPELT:
            for number in self._misspelt(word):
                scores[self._of(number)] = _MISSPELT
        for number in inside:
            scores[self._of(number)] = _INSIDE
        self._raise(scores, low, high, _START)
        if low < high and self._words[low] == word:
            self._raise(scores, low, low + 1, _WHOLE)
        scores.flags.writeable = False
        return scores

    def _raise(self, scores: Scores, low: int, high: int, by_field: tuple[int, int, int]) -> None:
        """Raise the scores of the responses with one of the words `low` to `high` to the score of its field."""
        rows = slice(self._starts[low], self._starts[high])
        numbers, fields = self._rows[rows], self._fields[rows]
        for field in _FIELDS:
            in_field = numbers[fields == field]
            scores[in_field] = np.maximum(scores[in_field], by_field[field])

    def _of(self, number: int) -> npt.NDArray[np.int32]:
        return self._rows[self._starts[number] : self._starts[number + 1]]

    def _inside(self, word: str) -> list[int]:
        """Return the numbers of the words that hold the typed one."""
        numbers: list[int] = []
        position = self._joined.find(word)
        while position >= 0 and len(numbers) < _MAX_WORDS_INSIDE:
            number = int(self._offsets.searchsorted(position, "right")) - 1
            numbers.append(number)
            position = self._joined.find(word, int(self._offsets[number + 1]))
        return numbers

    def _misspelt(self, typed: str) -> Iterator[int]:
        """Return the numbers of the words that equal the typed one but for one mistake."""
        near = {number for short in {typed, *_one_left_out(typed)} for number in self._shortened.get(short, ())}
        return (number for number in near if is_near(typed, self._words[number]))


def _holds(text: str, typed: str) -> bool:
    """Return True if the text holds the typed text, beginning at the start of a word."""
    position = text.find(typed)
    while position > 0 and text[position - 1].isalnum():
        position = text.find(typed, position + 1)
    return position >= 0


def _one_left_out(word: str) -> Iterator[str]:
    return (word[:index] + word[index + 1 :] for index in range(len(word)))
