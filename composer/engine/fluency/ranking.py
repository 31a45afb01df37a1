"""Which word was meant: each candidate's probability is that of the slip times that of the word at this place.

The word's own share comes from chats and from general text; what stands around it counts through pairs and
triples of words seen in chats and pairs seen in general text. The typed word itself is a candidate too: the
correction must beat it, and the second best, by a margin (in powers of ten).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from composer.engine.fluency.cursor import START, Completed
from composer.engine.fluency.index import Index
from composer.engine.fluency.noise import DEAREST, slip_cost
from composer.engine.fluency.store import PROPER, STEPS_A_TEN, STRONG, Column, Store, key_of

# Shares of the evidence: triples and pairs of chats, pairs of general text, words of chats and of general text.
_WEIGHTS = (0.33, 0.27, 0.16, 0.10, 0.14)
# A word that no list knows, yet meant as typed: the longer, the unlikelier.
_UNKNOWN, _UNKNOWN_A_LETTER = -8.6, -0.2
_NEVER = -12.75
_OWN_WORD, _OWN_PAIR = 0.15, 0.35  # the company's own text
_MOST_RANKED = 24
_ENDINGS = frozenset({"s", "ll", "d", "re", "ve"})
_PREFIXES = ("re", "un", "pre", "non", "mis", "over", "under", "sub", "multi", "anti", "inter", "super", "micro")


@dataclass(frozen=True, slots=True)
class Ranked:
    """The best candidate, how far it is ahead of the word as typed and of the second best, and the second best."""

    word: str
    ahead_of_typed: float
    ahead_of_next: float
    slip: float


def _share(column: Column, text: str) -> float:
    value = column.get(key_of(text))
    return 0.0 if value is None else float(10 ** (-value / STEPS_A_TEN))


class OwnWords(Protocol):
    """The part of `learned.Learned` that ranking needs."""

    @property
    def share(self) -> Mapping[str, float]: ...

    @property
    def pairs(self) -> Mapping[int, float]: ...

    def near(self, word: str) -> Iterator[str]: ...


class Ranker:
    """Candidates of one language. Immutable; thread-safe."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.index = Index(store)
        self._slips = lru_cache(maxsize=4096)(self._slips_of)

    def _slips_of(self, word: str) -> tuple[tuple[str, float], ...]:
        """Dictionary words near the word, with what the slip costs."""
        costs = ((target, slip_cost(word, target)) for target in self.index.near(word) if target != word)
        found = [(target, cost) for target, cost in costs if cost <= DEAREST]
        # By Zipf's law the rank tells the frequency well enough to leave the hopeless ones out.
        found.sort(key=lambda pair: pair[1] + math.log10(self.store.rank(pair[0]) + 10))
        return tuple(found[:_MOST_RANKED])

    def _after(self, word: str, after: str) -> float:
        """Return how much likelier the word makes the next one, in powers of ten."""
        known = self.store.word(after)
        if known is None:
            return 0.0
        alone = 0.5 * 10 ** known[1] + 0.5 * 10 ** known[2]
        pair = f"{word} {after}"
        together = 0.5 * _share(self.store.pairs, pair) + 0.3 * _share(self.store.general_pairs, pair) + 0.2 * alone
        return max(-0.7, min(2.5, math.log10(together / alone)))

    def fit(self, word: str, around: Completed, learned: OwnWords | None = None) -> float:
        """Return the log10 probability of a word in this context."""
        known = self.store.word(word)
        general, chat = (known[1], known[2]) if known else (_NEVER, _NEVER)
        one, two = around.before
        triple, pair, general_pair, chat_word, general_word = _WEIGHTS
        share = general_word * 10**general + (chat_word * 10**chat if chat > _NEVER else 0.0)
        share += pair * _share(self.store.pairs, f"{two} {word}")
        share += general_pair * _share(self.store.general_pairs, f"{two} {word}")
        share += triple * _share(self.store.triples, f"{one} {two} {word}")
        if learned is not None:
            share += _OWN_WORD * learned.share.get(word, 0.0)
            share += _OWN_PAIR * learned.pairs.get(key_of(f"{two} {word}"), 0.0)
        score = math.log10(share) if share else _NEVER
        if around.after not in ("", START):
            score += self._after(word, around.after)
        return score

    def typed_fit(self, word: str, around: Completed, learned: OwnWords | None) -> float:
        """The same for the word as typed, which need not be in the dictionary."""
        known = self.store.word(word)
        unknown = _UNKNOWN + _UNKNOWN_A_LETTER * len(word)
        if known is None:
            return unknown
        score = self.fit(word, around, learned)
        if known[0] & PROPER and around.word.islower():
            score -= 1.3
        return max(score, unknown)

    def is_strong(self, word: str) -> bool:
        """True for a word that is never a slip: an everyday word, or an abbreviation of chats."""
        known = self.store.word(word)
        return known is not None and bool(known[0] & STRONG)

    def has_ending(self, word: str) -> bool:
        """True for a known word with 's, 'll and the like: flight's."""
        base, mark, ending = word.partition("'")
        return bool(mark) and ending in _ENDINGS and self.is_known(base)

    def is_built(self, word: str) -> bool:
        """True for what everyday words make up: reaccommodate, homescreen. Some slips look so too: passanger."""
        return any(word.startswith(prefix) and self._is_base(word[len(prefix) :], 5) for prefix in _PREFIXES) or any(
            self._is_base(word[:cut], 4) and self._is_base(word[cut:], 4) for cut in range(4, len(word) - 3)
        )

    def _is_base(self, word: str, shortest: int) -> bool:
        return len(word) >= shortest and self.is_strong(word)

    def is_known(self, word: str) -> bool:
        """True for a word of any list, names included."""
        return self.store.word(word) is not None

    def _scored(self, word: str, around: Completed, learned: OwnWords | None) -> Iterator[tuple[float, str, float]]:
        """Candidates with their score, best first or not."""
        seen = set()
        for target, cost in self._slips(word):
            seen.add(target)
            yield self.fit(target, around, learned) - cost, target, cost
        for target in learned.near(word) if learned else ():
            cost = slip_cost(word, target)
            if target not in seen and cost <= DEAREST:
                yield self.fit(target, around, learned) - cost, target, cost

    def best(self, around: Completed, learned: OwnWords | None = None) -> Ranked | None:
        """The best candidate for the completed word; None when there is none."""
        word = around.word.lower().replace("’", "'")
        ranked = sorted(self._scored(word, around, learned), reverse=True)
        if not ranked:
            return None
        score, target, cost = ranked[0]
        following = ranked[1][0] if len(ranked) > 1 else -30.0
        return Ranked(target, score - self.typed_fit(word, around, learned), score - following, cost)
