"""The words around a hit, which may make it innocent: an allowed phrase, or a name in a place where names stand."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import cached_property
from typing import NamedTuple

from safety.engine.blocklist.folding import Folded
from safety.engine.blocklist.terms import BuiltIn, Phrases

_PART = re.compile(r"[^\W_]+(?:['’](?=[smtd]\b|re\b|ve\b|ll\b)[a-z]+)?")
_TITLE_WORDS = "mr mrs ms miss dr prof sir dame lady lord uncle aunt named name surname"
_TITLES = frozenset(_TITLE_WORDS.split())
_BEFORE_NAMES = " \"'“‘("


class Word(NamedTuple):
    """A run of letters and digits of the folded text. `text` lacks a trailing 's."""

    text: str
    start: int
    end: int


class Context:
    """The words of one text, and checks of their surroundings."""

    def __init__(self, text: str, folded: Folded, lists: BuiltIn, allowed: Phrases) -> None:
        self.text, self.folded, self.lists, self._own = text, folded, lists, allowed
        self.words = [
            Word(match[0].removesuffix("'s").removesuffix("’s"), *match.span()) for match in _PART.finditer(folded.text)
        ]

    @cached_property
    def texts(self) -> list[str]:
        """The texts of the words."""
        return [word.text for word in self.words]

    @cached_property
    def _starts(self) -> list[int]:
        return [word.start for word in self.words]

    @cached_property
    def _reach(self) -> list[int]:
        """For each word, the end (an index in `words`) of the longest allowed phrase that begins with it or before."""
        reach, furthest = [], 0
        for index, text in enumerate(self.texts):
            for phrases in (self._own, self.lists.allowed):
                if text in phrases.lengths:
                    furthest = max([furthest, *(index + length for length in phrases.at(self.texts, index))])
            reach.append(furthest)
        return reach

    def original(self, start: int, end: int) -> str:
        """Return the part of the original text that a span of the folded text comes from."""
        first, last = self.folded.original_span(start, end)
        return self.text[first:last]

    def is_allowed(self, start: int, end: int, kind: str) -> bool:
        """Return True if the hit lies in an allowed phrase or is a name. `kind` is `Hit.kind`."""
        first = bisect_right(self._starts, start) - 1
        if first < 0 or self.words[first].end <= start:
            first += 1
        last = bisect_left(self._starts, end) - 1
        if first > last:
            return False
        if self._reach[first] > last:
            return True
        return first == last and (self._is_name(first) or self._is_surname(first, kind))

    def _is_title_case(self, index: int) -> bool:
        if not 0 <= index < len(self.words):
            return False
        shown = self.original(self.words[index].start, self.words[index].end)
        return shown[:1].isupper() and (shown[1:].islower() or len(shown) == 1)

    def _is_surname(self, index: int, kind: str) -> bool:
        """Return True for Kuntz in "Ms. Kuntz" and Hiscock in "Joe Hiscock"; never for a strong word."""
        word = self.words[index]
        if not index or not self._is_title_case(index) or word.text in self.lists.strong.words:
            return False
        return self.words[index - 1].text in _TITLES or (kind == "inside" and self._is_title_case(index - 1))

    def _is_initial(self, index: int) -> bool:
        """Return True for the K of Philip K. Dick."""
        word = self.words[index]
        return (
            index > 0 and word.end - word.start == 1 and self._is_title_case(index) and self._is_title_case(index - 1)
        )

    def _is_name(self, index: int) -> bool:
        """Return True for Dick in "Is Dick your first name?" or "Dick Smith", False in "Dick move"."""
        word = self.words[index]
        if word.text not in self.lists.names or not self._is_title_case(index):
            return False
        if index and (self.words[index - 1].text in _TITLES or self._is_initial(index - 1)):
            return True
        start = word.start
        while start and self.folded.text[start - 1] in _BEFORE_NAMES:
            start -= 1
        starts_sentence = not start or self.folded.text[start - 1] in ".!?:\n"
        return not starts_sentence or self._is_title_case(index + 1)
