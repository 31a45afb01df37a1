"""The regular forms of an English word, so that a block list need not hold them: slut gives sluts, slutty, slutting."""

from __future__ import annotations

from collections.abc import Iterator

_VOWELS = frozenset("aeiou")
_ENDINGS = ("ed", "ing", "in", "er", "ers", "y")


def _is_doubling(word: str) -> bool:
    """Return True for a word that ends in consonant, vowel, consonant: shag gives shagged."""
    return (
        len(word) >= 3 and word[-1] not in _VOWELS | {"w", "x", "y"} and word[-2] in _VOWELS and word[-3] not in _VOWELS
    )


def forms(word: str) -> Iterator[str]:
    """Yield the word and its regular forms; only the word if it is not three or more ASCII letters."""
    yield word
    if len(word) < 3 or not (word.isascii() and word.isalpha()):
        return
    if word.endswith(("s", "x", "z", "ch", "sh")):
        yield word + "es"
    elif word.endswith("y") and word[-2] not in _VOWELS:
        yield word[:-1] + "ies"
        yield word[:-1] + "ied"
    else:
        yield word + "s"
        yield word + "z"
    stem = word[:-1] if word.endswith("e") else word
    for ending in _ENDINGS:
        yield stem + ending
        if _is_doubling(word):
            yield word + word[-1] + ending
