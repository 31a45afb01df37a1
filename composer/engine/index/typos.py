"""Words typed with one letter wrong, missing, doubled or swapped: found by what is left when a letter is left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

# Shorter words are too much like each other; longer ones are told apart by less than all letters.
SHORTEST, LONGEST = 4, 14


def _shortened(word: str) -> Iterator[str]:
    yield word
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]


class Corrector:
    """Knows words and, of those that begin a text, also their beginnings."""

    def __init__(self, words: Iterable[str], first_words: Iterable[str]) -> None:
        self._known: set[str] = set()
        self._by_rest: dict[str, str] = {}
        whole = [word for word in words if SHORTEST <= len(word) <= LONGEST and word.isalpha()]
        begun = {
            word[:length] for word in first_words if word.isalpha() for length in range(SHORTEST, min(len(word), 8) + 1)
        }
        for word in [*sorted(begun), *whole]:
            self._known.add(word)
            for rest in _shortened(word):
                self._by_rest.setdefault(rest, word)

    def corrected(self, word: str) -> str:
        """A word nearly like this one, or the word itself where it is known or nothing is near."""
        if word in self._known or not SHORTEST <= len(word) <= LONGEST or not word.isalpha():
            return word
        for rest in _shortened(word):
            found = self._by_rest.get(rest)
            # The same rest with letters left out far apart is another word: "form" and "fort".
            if found is not None and abs(len(found) - len(word)) <= 1 and _near(found, word):
                return found
        return word

    def text(self, folded: str) -> str:
        return " ".join(map(self.corrected, folded.split(" ")))


def _near(left: str, right: str) -> bool:
    """One letter more, less or other, or two swapped."""
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
