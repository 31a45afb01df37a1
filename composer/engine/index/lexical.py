"""Rare words in common: what a conversation and a response have to do with each other while little is learned.

A list is useful on its first day, before there is a conversation to learn from: "the code is no longer valid" asks for
the response that has code and valid in it, as rare words go in this list. Titles and folders name what a response is
about and count as words of it.
"""

from __future__ import annotations

import functools
import math
import re
from array import array
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from composer.engine.text.features import AnalysedTurn
from composer.engine.text.tokens import fold

Floats = npt.NDArray[np.float32]
Query = dict[int, float]

_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’](?=[^\W_]))+", re.UNICODE)
# One of each row is taken off, in this order.
_ENDINGS = (("'s", "s"), ("ing", "ed", "ly"), ("e",))
_SHORTEST_STEM = 3
# Words that say nothing about a subject. In a list of a few responses they are as rare as any other word.
_FUNCTION_WORDS = (
    "a about after again all also am an and any are as at be been before being both but by can could did do does "
    "doing don't each either else for from had has have having he her here hers him his how i i'd i'll i'm i've if "
    "in into is it it's its just let let's may me might mine more most must my myself no nor not of off on once one "
    "only or other our ours out over own please shall she should so some such than that that's the their theirs "
    "them then there there's these they this those through to too under until up us very was we we'd we'll we're "
    "we've were what what's when where which while who whom whose why will with would yes you you'd you'll you're "
    "you've your yours yourself"
)
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
# The latest messages say most, each one before it so much less; an agent's own less than a customer's.
_TURNS, _BEFORE, _AGENT = 6, 0.8, 0.5


def stem(word: str) -> str:
    """The word without its English endings: codes and code, opened and opening are one."""
    for endings in _ENDINGS:
        for ending in endings:
            if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
                word = word[: -len(ending)]
                break
    return word[:-1] if len(word) > _SHORTEST_STEM and word[-1] == word[-2] else word


@functools.lru_cache(4096)
def stems(text: str) -> tuple[str, ...]:
    """The different stems of a text, in order of their first use, without words that say nothing about a subject."""
    return tuple(dict.fromkeys(stem(word) for word in _WORD.findall(fold(text)) if word not in FUNCTION_WORDS))


class LexicalIndex:
    """Some responses by their words. Immutable; `texts`: each with its title and folders."""

    def __init__(self, texts: Sequence[str]) -> None:
        found = [stems(text) for text in texts]
        holders = Counter(word for words in found for word in words)
        self._numbers = {word: number for number, word in enumerate(holders)}
        self._rarity = [math.log1p(len(texts) / (count + 0.5)) for count in holders.values()]
        columns, weights, sizes = array("i"), array("f"), array("i")
        for words in found:
            row = self._unit({self._numbers[word]: self._rarity[self._numbers[word]] for word in words})
            columns.extend(row)
            weights.extend(row.values())
            sizes.append(len(row))
        self._columns, self._weights = np.array(columns, np.int32), np.array(weights, np.float32)
        self._rows = np.repeat(np.arange(len(texts), dtype=np.int32), sizes)
        self._count = len(texts)

    @staticmethod
    def _unit(weights: Query) -> Query:
        """At length one, so that long texts have no advantage."""
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        return {number: weight / length for number, weight in weights.items()}

    def asked(self, turns: Sequence[AnalysedTurn]) -> Query:
        """The words of the latest messages and how much each counts."""
        found: Query = {}
        share = 1.0
        for turn in reversed(turns[-_TURNS:]):
            counts = share if turn.role == "customer" else share * _AGENT
            for word in stems(turn.text):
                number = self._numbers.get(word)
                if number is not None:
                    found[number] = max(found.get(number, 0.0), counts * self._rarity[number])
            share *= _BEFORE
        return self._unit(found)

    def scores(self, query: Query) -> Floats:
        """How much each response has in common with it, 0 to 1."""
        asked = np.zeros(len(self._numbers), np.float32)
        asked[list(query)] = list(query.values())
        common = self._weights * asked[self._columns]
        return np.asarray(np.bincount(self._rows, common, self._count), np.float32)

    def score(self, query: Query, text: str) -> float:
        """The same for a text that is none of the responses."""
        known = [self._numbers[word] for word in stems(text) if word in self._numbers]
        row = self._unit({number: self._rarity[number] for number in known})
        return sum(weight * query.get(number, 0.0) for number, weight in row.items())
