"""Lexical index: what a conversation and a response have in common in rare words, while little is learned.

A list must be useful on its first day, before there is a conversation to learn from: "the code is no longer valid"
asks for the response that has "code" and "valid" in it, weighted by inverse document frequency in this list. Titles
and folders say what a response is about, and count as its words. Scores are cosines of IDF vectors.
"""

from __future__ import annotations

import functools
import math
import re
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from composer.engine.store.bags import Floats
from composer.engine.text.features import AnalysedTurn
from composer.engine.text.tokens import fold

# A sparse vector: weight by the number of a stem.
Query = dict[int, float]

_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’](?=[^\W_]))+", re.UNICODE)
# The stemmer takes off at most one ending of each row, in this order.
_ENDINGS = (("'s", "s"), ("ing", "ed", "ly"), ("e",))
_MIN_STEM_LETTERS = 3
_CACHED_TEXTS = 4096
# Stop words. In a list of a few responses they would be as rare as any other word.
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


@dataclass(frozen=True, slots=True)
class QueryConfig:
    """How the latest messages make a query."""

    max_turns: int = 6
    turn_decay: float = 0.8  # factor for each turn further back
    agent_weight: float = 0.5  # of an agent's words; a customer's weigh 1


def stem(word: str) -> str:
    """Return the word without its English endings: code and codes, opened and opening are equal."""
    for endings in _ENDINGS:
        for ending in endings:
            if word.endswith(ending) and len(word) - len(ending) >= _MIN_STEM_LETTERS:
                word = word[: -len(ending)]
                break
    return word[:-1] if len(word) > _MIN_STEM_LETTERS and word[-1] == word[-2] else word


@functools.lru_cache(_CACHED_TEXTS)
def stems(text: str) -> tuple[str, ...]:
    """Return the different stems of a text without stop words, in order of their first use."""
    return tuple(dict.fromkeys(stem(word) for word in _WORD.findall(fold(text)) if word not in FUNCTION_WORDS))


class LexicalIndex:
    """IDF vectors of some responses. Immutable. `texts`: each response with its title and folders."""

    def __init__(self, texts: Sequence[str], config: QueryConfig | None = None) -> None:
        self.config = config or QueryConfig()
        stems_of = [stems(text) for text in texts]
        holders = Counter(word for words in stems_of for word in words)
        self._numbers = {word: number for number, word in enumerate(holders)}
        self._idf = [math.log1p(len(texts) / (count + 0.5)) for count in holders.values()]
        columns, weights, sizes = array("i"), array("f"), array("i")
        for words in stems_of:
            row = self._unit({self._numbers[word]: self._idf[self._numbers[word]] for word in words})
            columns.extend(row)
            weights.extend(row.values())
            sizes.append(len(row))
        self._columns, self._weights = np.array(columns, np.int32), np.array(weights, np.float32)
        self._rows = np.repeat(np.arange(len(texts), dtype=np.int32), sizes)
        self._count = len(texts)

    @staticmethod
    def _unit(weights: Query) -> Query:
        """Return the vector at length 1, so that long texts have no advantage."""
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        return {number: weight / length for number, weight in weights.items()}

    def query_terms(self, turns: Sequence[AnalysedTurn]) -> Query:
        """Return the stems of the latest messages with their weights, as a vector of length 1; empty for none."""
        terms: Query = {}
        share = 1.0
        for turn in reversed(turns[-self.config.max_turns :]):
            weight = share if turn.role == "customer" else share * self.config.agent_weight
            for word in stems(turn.text):
                number = self._numbers.get(word)
                if number is not None:
                    terms[number] = max(terms.get(number, 0.0), weight * self._idf[number])
            share *= self.config.turn_decay
        return self._unit(terms)

    def scores(self, query: Query) -> Floats:
        """Return the cosine (0 to 1) of each response with the query."""
        dense = np.zeros(len(self._numbers), np.float32)
        dense[list(query)] = list(query.values())
        products = self._weights * dense[self._columns]
        return np.asarray(np.bincount(self._rows, products, self._count), np.float32)

    def score(self, query: Query, text: str) -> float:
        """Return the cosine of a text that is not in the index. Its unknown stems are ignored."""
        known = [self._numbers[word] for word in stems(text) if word in self._numbers]
        row = self._unit({number: self._idf[number] for number in known})
        return sum(weight * query.get(number, 0.0) for number, weight in row.items())
