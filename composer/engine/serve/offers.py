"""Candidates that can be offered, and which of them say different things."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from composer.engine.text.tokens import fold, words
from composer.engine.types import MAX_OFFERS

# Share of words in common from which two offers are one; letters that are not worth an offer.
NEAR_DUPLICATE, NEARLY_COMPLETE = 0.85, 2
# The same for two sentences, and the least share of one's words that the other then has.
NEAR_SENTENCE = 0.8
MIN_HELD = NEAR_SENTENCE / (2 - NEAR_SENTENCE)

_SENTENCE_BREAK = re.compile(r"(?<=[.!?])\s+")


class ScoredText(NamedTuple):
    """A candidate that can be offered."""

    number: int
    text: str
    score: float


@functools.lru_cache(20_000)
def said_words(text: str) -> frozenset[str]:
    return frozenset(words(fold(text)))


def are_near(said: frozenset[str], other: frozenset[str], share: float = NEAR_DUPLICATE) -> bool:
    """Do two texts with these words say the same?"""
    return 2 * len(said & other) >= share * (len(said) + len(other))


@functools.lru_cache(20_000)
def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text that have words."""
    return tuple(part for part in _SENTENCE_BREAK.split(text) if said_words(part))


def repeats(text: str, spoken: Sequence[str]) -> bool:
    """Does a text say one of these messages again, or sentences of them that make up half of its words?"""
    whole = said_words(text)
    if any(are_near(whole, said_words(other)) for other in spoken):
        return True
    known = [said_words(part) for other in spoken for part in sentences(other)]
    own = [said_words(part) for part in sentences(text)]
    again = sum(len(part) for part in own if any(are_near(part, other, NEAR_SENTENCE) for other in known))
    return 2 * again >= sum(map(len, own)) > 0


def distinct(found: Iterable[ScoredText], folded: str) -> list[ScoredText]:
    """The best three that say different things, and more than was typed."""
    kept: list[ScoredText] = []
    seen: list[frozenset[str]] = []
    nearly = len(folded) + NEARLY_COMPLETE
    for one in found:
        if len(one.text) <= nearly:
            continue
        said = said_words(one.text)
        for other in seen:
            if are_near(said, other):
                break
        else:
            kept.append(one)
            seen.append(said)
            if len(kept) == MAX_OFFERS:
                break
    return kept
