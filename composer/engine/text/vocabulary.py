"""Which words are ordinary and which are names, learned from how often each is capitalised inside sentences."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from composer.engine.privacy import CustomerCounts
from composer.engine.text.entities import ORDINARY, EntityRecognizer

_WORD = re.compile(r"[^\W\d_](?:[^\W_]|['’](?=[^\W_]))*", re.UNICODE)
_STARTS = re.compile(r"(?:^|[.!?:;…\n]['\")]*\s*)['\"(]*$")


@dataclass(frozen=True, slots=True)
class CapitalizationConfig:
    """When the capital letters of a word make it a name, or an ordinary word."""

    min_capitals: int = 5  # capitalised inside sentences, below: no name
    min_capital_share: float = 0.8
    min_name_letters: int = 3
    min_small: int = 3  # written small, below: not known to be ordinary
    max_capitals_per_small: float = 3.0


@dataclass(slots=True)
class CapitalCounts:
    """How often each word is written small, and how often with a capital letter inside a sentence."""

    config: CapitalizationConfig = field(default_factory=CapitalizationConfig)
    small: Counter[str] = field(default_factory=Counter)
    capital: Counter[str] = field(default_factory=Counter)
    customers: CustomerCounts[str] = field(default_factory=CustomerCounts)

    def add(self, text: str, customer: int | None) -> None:
        """Count a text. `customer`: number of the customer it was written to or by, None for a list's response."""
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
        """Return a recognizer with the ordinary words and the names that enough customers' conversations hold."""
        config = self.config
        ordinary = set(ORDINARY)
        proper = set()
        for word, capital in self.capital.items():
            total = self.small[word] + capital
            frequent = capital >= config.min_capitals and capital >= config.min_capital_share * total
            if frequent and word not in ORDINARY and len(word) >= config.min_name_letters:
                proper.add(word)
        ordinary.update(
            word
            for word, small in self.small.items()
            if small >= config.min_small and self.capital[word] < config.max_capitals_per_small * small
        )
        shared = self.customers.is_shared
        return EntityRecognizer(
            frozenset(word for word in ordinary if word in ORDINARY or shared(word)), frozenset(filter(shared, proper))
        )


def _plain(word: str) -> str:
    return word.casefold().replace("’", "'").removesuffix("'s")
