"""What the training texts teach about words: which are ordinary, which are names, and a number for each."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from composer.engine.privacy import CustomerCounts
from composer.engine.text.entities import ORDINARY, EntityRecognizer

_WORD = re.compile(r"[^\W\d_](?:[^\W_]|['’](?=[^\W_]))*", re.UNICODE)
_STARTS = re.compile(r"(?:^|[.!?:;…\n]['\")]*\s*)['\"(]*$")


@dataclass(slots=True)
class CapitalCounts:
    """How words are written in the middle of sentences."""

    small: Counter[str] = field(default_factory=Counter)
    capital: Counter[str] = field(default_factory=Counter)
    customers: CustomerCounts[str] = field(default_factory=CustomerCounts)

    def add(self, text: str, customer: int | None) -> None:
        """Count a text. `customer`: whose conversation it is of, None for a response of the list."""
        for match in _WORD.finditer(text):
            word = match[0]
            plain = _plain(word)
            if not word[0].isupper():
                self.small[plain] += 1
            elif not _STARTS.search(text, max(0, match.start() - 4), match.start()):
                self.capital[plain] += 1
            else:
                continue
            if customer is None:
                self.customers.publish(plain)
            else:
                self.customers.add(plain, customer)

    def recognizer(self) -> EntityRecognizer:
        """Seldom small: a name, wherever it stands. Often small: no name. Between: a name where it is capital."""
        ordinary = set(ORDINARY)
        proper = set()
        for word, capital in self.capital.items():
            small = self.small[word]
            if capital >= 5 and capital >= 0.8 * (small + capital) and word not in ORDINARY and len(word) > 2:
                proper.add(word)
        ordinary.update(word for word, small in self.small.items() if small >= 3 and self.capital[word] < 3 * small)
        shared = self.customers.is_shared
        return EntityRecognizer(
            frozenset(word for word in ordinary if word in ORDINARY or shared(word)), frozenset(filter(shared, proper))
        )


def _plain(word: str) -> str:
    return word.casefold().replace("’", "'").removesuffix("'s")
