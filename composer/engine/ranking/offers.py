"""Candidates that can be offered, and which of them say different things."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import NamedTuple

from composer.engine.ranking.words import fold, words
from composer.engine.types import MAX_OFFERS

# Share of words in common from which two offers are one; letters that are not worth an offer.
NEAR_DUPLICATE, NEARLY_COMPLETE = 0.85, 2


class Ready(NamedTuple):
    """A candidate that can be offered."""

    number: int
    text: str
    score: float


@functools.lru_cache(20_000)
def said_words(text: str) -> frozenset[str]:
    return frozenset(words(fold(text)))


def distinct(found: Iterable[Ready], folded: str) -> list[Ready]:
    """The best three that say different things, and more than was typed."""
    kept: list[Ready] = []
    seen: list[frozenset[str]] = []
    nearly = len(folded) + NEARLY_COMPLETE
    for one in found:
        if len(one.text) <= nearly:
            continue
        said = said_words(one.text)
        for other in seen:
            if 2 * len(said & other) >= NEAR_DUPLICATE * (len(said) + len(other)):
                break
        else:
            kept.append(one)
            seen.append(said)
            if len(kept) == MAX_OFFERS:
                break
    return kept
