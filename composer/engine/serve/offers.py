"""Which texts say the same: near duplicates among offers, and repetitions of what was said."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence

from composer.engine.serve.candidates import ScoredText
from composer.engine.serve.settings import TextMatch
from composer.engine.text.tokens import fold, words
from composer.engine.types import MAX_OFFERS

_SENTENCE_BREAK = re.compile(r"(?<=[.!?])\s+")
_CACHED_TEXTS = 20_000


@functools.lru_cache(_CACHED_TEXTS)
def word_set(text: str) -> frozenset[str]:
    """Return the folded words of a text."""
    return frozenset(words(fold(text)))


def are_near(left: frozenset[str], right: frozenset[str], min_f1: float) -> bool:
    """Return whether two sets of words have at least this share in common (F1)."""
    return 2 * len(left & right) >= min_f1 * (len(left) + len(right))


@functools.lru_cache(_CACHED_TEXTS)
def sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of a text that have words."""
    return tuple(part for part in _SENTENCE_BREAK.split(text) if word_set(part))


def repeats(text: str, spoken: Sequence[str], match: TextMatch) -> bool:
    """Return whether a text repeats one of these messages, or sentences of them that make up half of its words."""
    whole = word_set(text)
    if any(are_near(whole, word_set(other), match.near_duplicate) for other in spoken):
        return True
    known = [word_set(part) for other in spoken for part in sentences(other)]
    own = [word_set(part) for part in sentences(text)]
    again = sum(len(part) for part in own if any(are_near(part, other, match.near_sentence) for other in known))
    return 2 * again >= sum(map(len, own)) > 0


def distinct(candidates: Iterable[ScoredText], folded: str, match: TextMatch) -> list[ScoredText]:
    """Return the first MAX_OFFERS candidates that say different things and more than the typed text."""
    chosen: list[ScoredText] = []
    seen: list[frozenset[str]] = []
    min_length = len(folded) + match.min_letters_left
    near_duplicate = match.near_duplicate
    for candidate in candidates:
        if len(candidate.text) <= min_length:
            continue
        text_words = word_set(candidate.text)
        for other in seen:
            if are_near(text_words, other, near_duplicate):
                break
        else:
            chosen.append(candidate)
            seen.append(text_words)
            if len(chosen) == MAX_OFFERS:
                break
    return chosen
