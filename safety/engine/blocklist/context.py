"""What stands around a find and may make it innocent: an allowed phrase, or a name where names stand."""

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
    """A run of letters and digits of the folded text; `text` is without a trailing 's."""

    text: str
    start: int
    end: int


class Context:
    """The words of one text and the questions about their surroundings."""

    def __init__(self, text: str, folded: Folded, lists: BuiltIn, allowed: Phrases) -> None:
        self.text, self.folded, self.lists, self._own = text, folded, lists, allowed
        self.words = [
            Word(match[0].removesuffix("'s").removesuffix("’s"), *match.span()) for match in _PART.finditer(folded.text)
        ]

    @cached_property
    def texts(self) -> list[str]:
        """The words alone."""
        return [word.text for word in self.words]

    @cached_property
    def _starts(self) -> list[int]:
        return [word.start for word in self.words]

    @cached_property
    def _reach(self) -> list[int]:
        """For each word, how far an allowed phrase reaches that begins with it or before: an index in `words`."""
        reach, furthest = [], 0
        for place, text in enumerate(self.texts):
            for phrases in (self._own, self.lists.allowed):
                if text in phrases.lengths:
                    furthest = max([furthest, *(place + length for length in phrases.at(self.texts, place))])
            reach.append(furthest)
        return reach

    def original(self, start: int, end: int) -> str:
        """The signs of the original text behind a span of the folded one."""
        first, last = self.folded.original_span(start, end)
        return self.text[first:last]

    def is_allowed(self, start: int, end: int, kind: str) -> bool:
        """True when the find lies in an allowed phrase or is a name. `kind` is how it was found."""
        first = bisect_right(self._starts, start) - 1
        if first < 0 or self.words[first].end <= start:
            first += 1
        last = bisect_left(self._starts, end) - 1
        if first > last:
            return False
        if self._reach[first] > last:
            return True
        return first == last and (self._is_name(first) or self._is_surname(first, kind))

    def _is_title_case(self, place: int) -> bool:
        if not 0 <= place < len(self.words):
            return False
        shown = self.original(self.words[place].start, self.words[place].end)
        return shown[:1].isupper() and (shown[1:].islower() or len(shown) == 1)

    def _is_surname(self, place: int, kind: str) -> bool:
        """Kuntz in "Ms. Kuntz", Hiscock in "Joe Hiscock"; not a strong word as it stands."""
        word = self.words[place]
        if not place or not self._is_title_case(place) or word.text in self.lists.strong.words:
            return False
        return self.words[place - 1].text in _TITLES or (kind == "inside" and self._is_title_case(place - 1))

    def _is_initial(self, place: int) -> bool:
        """The K of Philip K. Dick."""
        word = self.words[place]
        return (
            place > 0 and word.end - word.start == 1 and self._is_title_case(place) and self._is_title_case(place - 1)
        )

    def _is_name(self, place: int) -> bool:
        """Dick in "Is Dick your first name?" or "Dick Smith", not in "Dick move"."""
        word = self.words[place]
        if word.text not in self.lists.names or not self._is_title_case(place):
            return False
        if place and (self.words[place - 1].text in _TITLES or self._is_initial(place - 1)):
            return True
        before = word.start
        while before and self.folded.text[before - 1] in _BEFORE_NAMES:
            before -= 1
        starts_sentence = not before or self.folded.text[before - 1] in ".!?:\n"
        return not starts_sentence or self._is_title_case(place + 1)
