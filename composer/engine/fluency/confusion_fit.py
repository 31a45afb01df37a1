"""Fits the models of `confusion_models`: which of two words fits a position, by what stands before it.

The margin of a correction is set on texts that a fit did not see. The rarer a word, the larger the share of its right
uses that may lie above it: a chat of a thousand such words then has few that are touched, and rare words are corrected
too. Fitting is deterministic.
"""

from __future__ import annotations

import json
import re
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

import numpy as np
from scipy import optimize, sparse  # type: ignore[import-untyped]

from composer.engine.fluency.confusion_models import MIDDLE, PAIRS, STEPS, WordKinds, evidence, plain
from composer.engine.fluency.cursor import completed_word
from composer.engine.fluency.open_places import is_open
from composer.engine.privacy import CustomerCounts

MIN_MARGIN = 0.7
# Fewer right uses cannot tell how far they reach.
MIN_USES, DISTANCE_OF_FEW = 60, 1.0
PARTS = 5
MAX_USES = 20_000  # of each word, in a company's texts
_PENALTY = 3.0
_ROUNDS = 60
_BALANCE = 8  # the frequent word of a pair weighs as many uses as this times the rare one has
_LIGHT = 0.5 / STEPS
_REACH = 200  # characters before a word that are looked at
_WORDS = sorted({word for pair in PAIRS for word in pair}, key=len, reverse=True)
_WORD = re.compile("|".join(rf"\b{word}(?=\s)" for word in _WORDS), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limits:
    """How many right uses corrections may change.

    The share allowed for a word is `touched` divided by the square root of the word's share of all these words, at most
    `most_touched`. `least`: uses below which a word has no model.
    """

    touched: float
    most_touched: float
    least: int


LANGUAGE, COMPANY = Limits(0.003, 0.03, 30), Limits(0.0006, 0.015, 100)


@dataclass(frozen=True, slots=True)
class WordUse:
    """One use of a word. `before`: keys of the words before it.

    `part`: its fold of PARTS in cross-validation, the same for all words of a text. `is_chat`: whether it counts for
    the frequency of words; `counts`: whether it counts when margins are set.
    """

    word: str
    before: Sequence[int]
    part: int
    is_chat: bool
    counts: bool


def uses(
    texts: Iterable[str], kinds: WordKinds, is_chat: bool = True, own: bool = False, wanted: Collection[str] = _WORDS
) -> Iterator[WordUse]:
    """Yield the uses of the wanted words. The first word of a sentence has nothing before it and is left out.

    `is_chat`: of the kind that is to be corrected. `own`: of one company, so that open uses count too.
    """
    for text in texts:
        part = crc32(text.encode("utf-8", "surrogatepass")) % PARTS
        for match in _WORD.finditer(text.replace("’", "'")):
            if match[0].lower() not in wanted:
                continue
            shown = text[max(0, match.end() - _REACH) : match.end()] + " "
            around = completed_word(shown, len(shown) - 1, len(shown))
            if around and around.sentence and plain(around.word) == match[0].lower():
                counts = is_chat and (own or not is_open(match[0].lower(), around))
                yield WordUse(match[0].lower(), array("I", evidence(around, kinds)), part, is_chat, counts)


class OwnUses:
    """The uses of these words in a company's texts, taken as the texts pass. Memory has a bound."""

    def __init__(self, kinds: WordKinds | None) -> None:
        self._kinds = kinds
        self._number: Counter[str] = Counter()
        self._found: list[WordUse] = []
        self._seen: set[int] = set()
        self._told: CustomerCounts[int] = CustomerCounts()

    def take(self, texts: Iterable[str], customer: int | None = None) -> None:
        """Count texts sent to a customer, None for responses of a list; each once, however often it is sent."""
        for text in texts:
            words = [match[0].lower() for match in _WORD.finditer(text.replace("’", "'"))]
            if self._kinds is None or not words or hash(text) in self._seen:
                continue
            self._seen.add(hash(text))
            self._number.update(words)
            wanted = [word for word in words if self._number[word] <= MAX_USES]
            if wanted:
                found = list(uses([text], self._kinds, own=True, wanted=wanted))
                self._found += found
                for key in {key for use in found for key in use.before}:
                    if customer is None:
                        self._told.publish(key)
                    else:
                        self._told.add(key, customer)

    def packed(self) -> bytes:
        """The models of the pairs that were used often enough; b"" for none."""
        # What stood before a word in too few customers' conversations tells nothing.
        shared = self._told.is_shared
        found = [replace(use, before=array("I", filter(shared, use.before))) for use in self._found]
        models = fit(found, COMPANY, self._number)
        return packed(models) if models else b""


@dataclass(frozen=True)
class Fitted:
    """The model of one pair, see `confusion_models`. Weights by key."""

    pair: tuple[str, str]
    bias: float
    first_below: float
    second_from: float
    weights: Mapping[int, float]


class _Pair:
    """The uses of one pair as a matrix."""

    def __init__(self, pair: tuple[str, str], rows: Sequence[WordUse]) -> None:
        number = Counter(key for row in rows for key in row.before)
        self._columns = {key: index for index, key in enumerate(sorted(key for key, n in number.items() if n > 1))}
        self._pair = pair
        self._matrix = self._matrix_of(rows)
        self._second = np.array([row.word == pair[1] for row in rows])
        self._part = np.array([row.part for row in rows])
        self._counts = np.array([row.counts for row in rows])

    def _matrix_of(self, rows: Sequence[WordUse]) -> Any:
        found = [[self._columns[key] for key in row.before if key in self._columns] for row in rows]
        flat = [column for row in found for column in row]
        ends = np.cumsum([0, *map(len, found)])
        return sparse.csr_matrix((np.ones(len(flat)), flat, ends), shape=(len(found), len(self._columns)))

    def _solve(self, used: Any) -> Any:
        """Return the weights, the bias last."""
        matrix, sign = self._matrix[used], np.where(self._second[used], 1.0, -1.0)
        second, first = max(1, int((sign > 0).sum())), max(1, int((sign < 0).sum()))
        weight = np.where(sign > 0, 0.5 / second, 0.5 / first) * min(len(sign), _BALANCE * min(second, first))

        def loss(theta: Any) -> tuple[float, Any]:
            margin = sign * (matrix @ theta[:-1] + theta[-1])
            pull = -sign * weight / (1 + np.exp(np.clip(margin, -60, 60)))
            value = (weight * np.logaddexp(0, -margin)).sum() + 0.5 * _PENALTY * (theta[:-1] @ theta[:-1])
            return value, np.append(matrix.T @ pull + _PENALTY * theta[:-1], pull.sum())

        start = np.zeros(matrix.shape[1] + 1)
        return optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _ROUNDS}).x

    def _unseen(self) -> Any:
        """Return the cross-validated margin of each use, by a fit that did not see its text; NaN where none counts."""
        margins = np.full(len(self._second), np.nan)
        for part in range(PARTS):
            back = self._part == part
            if back.any() and not back.all():
                theta = self._solve(~back)
                margins[back] = self._matrix[back] @ theta[:-1] + theta[-1]
        margins[~self._counts] = np.nan
        return margins

    def _needed(self, share: Mapping[str, float], limits: Limits) -> tuple[float, float]:
        """Return the margins above which the first word is corrected to, and the second."""
        chats = self._unseen()
        needed = []
        for typed, is_second, sign in ((self._pair[1], True, -1.0), (self._pair[0], False, 1.0)):
            allowed = min(limits.most_touched, limits.touched / max(share[typed], 1e-9) ** 0.5)
            right = (self._second == is_second) & ~np.isnan(chats)
            needed.append(_safe(sign * chats[right], allowed))
        return needed[0], needed[1]

    def fit(self, share: Mapping[str, float], limits: Limits) -> Fitted:
        first, second = self._needed(share, limits)
        theta = self._solve(np.full(len(self._second), True))
        rounded = np.round(np.clip(theta[:-1], -MIDDLE / STEPS, (255 - MIDDLE) / STEPS) * STEPS) / STEPS
        weights = {key: float(rounded[index]) for key, index in self._columns.items() if abs(rounded[index]) > _LIGHT}
        return Fitted(self._pair, float(theta[-1]), -first, second, weights)


def _safe(margins: Any, share: float) -> float:
    """Return a margin that at most this share (0 to 1) of these right uses exceeds."""
    if len(margins) < MIN_USES:
        return max([*map(float, margins), MIN_MARGIN]) + DISTANCE_OF_FEW
    return max(MIN_MARGIN, float(np.sort(margins)[::-1][int(len(margins) * share)]) + 1e-6)


def fit(found: Sequence[WordUse], limits: Limits, number: Mapping[str, int] | None = None) -> list[Fitted]:
    """Return a model for each pair with enough uses of both words.

    `number`: how often each word is used, where not all uses are in `found`.
    """
    number = number or Counter(use.word for use in found if use.is_chat)
    total = max(1, sum(number.values()))
    share = {word: number.get(word, 0) / total for word in _WORDS}
    uses = Counter(use.word for use in found)
    return [
        _Pair(pair, [use for use in found if use.word in pair]).fit(share, limits)
        for pair in PAIRS
        if min(uses[word] for word in pair) >= limits.least
    ]


def _column(values: Mapping[int, int], body: bytearray) -> dict[str, list[int]]:
    """Append a column to the body and return where its keys and values are."""
    row = {}
    keys = sorted(values)
    for name, data in (("keys", array("I", keys).tobytes()), ("values", bytes(values[key] for key in keys))):
        row[name] = [len(body), len(body) + len(data)]
        body += data + b"\0" * (-len(data) % 8)
    return row


def packed(models: Sequence[Fitted], kinds: Mapping[int, int] | None = None) -> bytes:
    """What `ConfusionModels` reads. `kinds`: of a language's words, by key; a company's models have none."""
    body = bytearray()
    head: dict[str, Any] = {"kinds": _column(kinds, body) if kinds else None, "models": []}
    for model in models:
        row: dict[str, Any] = {"pair": model.pair, "bias": model.bias}
        row |= {"first_below": model.first_below, "second_from": model.second_from}
        row |= _column({key: round(weight * STEPS) + MIDDLE for key, weight in model.weights.items()}, body)
        head["models"].append(row)
    line = json.dumps(head).encode() + b"\n"
    return line + b"\0" * ((len(line) + 7) // 8 * 8 - len(line)) + bytes(body)
