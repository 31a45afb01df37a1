"""Correction of words typed with one letter wrong, missing, doubled or swapped, by symmetric deletion.

A word and a known one are compared by what is left of each when one letter is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

# Shorter words resemble each other too much; longer ones are told apart by less than all letters.
MIN_LETTERS, MAX_LETTERS = 4, 14
_MAX_BEGINNING = 8


def _deletions(word: str) -> Iterator[str]:
    yield word
    for index in range(len(word)):
        yield word[:index] + word[index + 1 :]


class Corrector:
    """Knows words, and the beginnings of words that begin a text."""

    def __init__(self, words: Iterable[str], first_words: Iterable[str]) -> None:
        self._known: set[str] = set()
        self._by_deletion: dict[str, str] = {}
        whole = [word for word in words if MIN_LETTERS <= len(word) <= MAX_LETTERS and word.isalpha()]
        beginnings = {
            word[:length]
            for word in first_words
            if word.isalpha()
            for length in range(MIN_LETTERS, min(len(word), _MAX_BEGINNING) + 1)
        }
        for word in [*sorted(beginnings), *whole]:
            self._known.add(word)
            for rest in _deletions(word):
                self._by_deletion.setdefault(rest, word)

    def corrected(self, word: str) -> str:
        """Return a known word at distance 1, or the word itself where it is known or none is near."""
        if word in self._known or not MIN_LETTERS <= len(word) <= MAX_LETTERS or not word.isalpha():
            return word
        for rest in _deletions(word):
            known = self._by_deletion.get(rest)
            # Letters left out far apart leave the same rest of two different words: "form" and "fort".
            if known is not None and abs(len(known) - len(word)) <= 1 and _is_near(known, word):
                return known
        return word

    def text(self, folded: str) -> str:
        """Return the text with each of its words corrected."""
        return " ".join(map(self.corrected, folded.split(" ")))


def _is_near(left: str, right: str) -> bool:
    """Return whether one letter is added, left out or replaced, or two neighbours are swapped."""
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    one, other = left[start:], right[start:]
    return (
        one[1:] == other
        or one == other[1:]
        or one[1:] == other[1:]
        or (one[:2] == other[1::-1] and one[2:] == other[2:])
    )
