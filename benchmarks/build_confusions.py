"""Build composer/engine/fluency/data/confusions_en.bin from chat transcripts: the models of `fluency.confusion_models`.

    python -m benchmarks.build_confusions --chats star/train.csv sgd/train.csv.gz --out .../confusions_en.bin

Nine texts of ten are fitted, the tenth sets the margins. Only weights of hashed surroundings go into the file, no text
of a chat can be read from it. The same inputs give the same file.
"""

from __future__ import annotations

import argparse
import json
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import scipy.optimize
import scipy.sparse

from benchmarks.chats import every_text
from composer.engine.fluency.confusion_models import MIDDLE, PAIRS, STEPS, evidence, plain
from composer.engine.fluency.cursor import completed_word

# Right words touched, at most, among those kept back; a few rare words have too few of them to count so finely.
_TOUCHED = 0.004
_FEW, _DISTANCE_OF_FEW = 500, 1.0
# An apostrophe is one more key: you're is seldom a slip for your.
_ON_PURPOSE = 1.5
_PENALTY = 1.0
_LIGHT = 0.5 / STEPS
_WORDS = sorted({word for pair in PAIRS for word in pair}, key=len, reverse=True)
_WORD = re.compile("|".join(rf"\b{word}(?=\s)" for word in _WORDS), re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """A word in its place: keys of what stands before it."""

    word: str
    before: list[int]
    is_kept_back: bool


def places(paths: list[str]) -> Iterator[Place]:
    for text in sorted({text for path in paths for text in every_text(path)}):
        for match in _WORD.finditer(text.replace("’", "'")):
            end = match.end()
            around = completed_word(text[:end] + " ", end, end + 1)
            if around and plain(around.word) == match[0].lower():
                yield Place(match[0].lower(), list(evidence(around)), crc32(text.encode()) % 10 == 0)


class Fit:
    """The model of one pair."""

    def __init__(self, pair: tuple[str, str], found: list[Place]) -> None:
        self.pair = pair
        rows = [place for place in found if place.word in pair]
        self._keys = [place.before for place in rows]
        self._second = np.array([place.word == pair[1] for place in rows])
        self._back = np.array([place.is_kept_back for place in rows])
        fitted = {key for keys, back in zip(self._keys, self._back, strict=True) if not back for key in keys}
        self.columns = {key: place for place, key in enumerate(sorted(fitted))}
        self.bias, self.weights = self._solve()

    def _matrix(self) -> Any:
        rows = [[self.columns[key] for key in keys if key in self.columns] for keys in self._keys]
        ends = np.cumsum([0, *map(len, rows)])
        flat = [place for row in rows for place in row]
        return scipy.sparse.csr_matrix((np.ones(len(flat)), flat, ends), shape=(len(rows), len(self.columns)))

    def _solve(self) -> tuple[float, Any]:
        matrix, sign = self._matrix()[~self._back], np.where(self._second[~self._back], 1.0, -1.0)
        second, first = max(1, int((sign > 0).sum())), max(1, int((sign < 0).sum()))
        weight = np.where(sign > 0, 0.5 / second, 0.5 / first) * min(len(sign), 8 * min(second, first))

        def loss(theta: Any) -> tuple[float, Any]:
            margin = sign * (matrix @ theta[:-1] + theta[-1])
            pull = -sign * weight / (1 + np.exp(np.clip(margin, -60, 60)))
            value = (weight * np.logaddexp(0, -margin)).sum() + 0.5 * _PENALTY * (theta[:-1] @ theta[:-1])
            return value, np.append(matrix.T @ pull + _PENALTY * theta[:-1], pull.sum())

        start = np.zeros(matrix.shape[1] + 1)
        found = scipy.optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 60}).x
        weights = np.round(np.clip(found[:-1], -MIDDLE / STEPS, (255 - MIDDLE) / STEPS) * STEPS) / STEPS
        return float(found[-1]), weights

    def thresholds(self) -> tuple[float, float]:
        """Below the first the first word is meant, from the second on the second."""
        margins = self._matrix()[self._back] @ self.weights + self.bias
        is_second = self._second[self._back]
        first = self._safe(-margins[is_second]) + (_ON_PURPOSE if "'" in self.pair[1] else 0.0)
        return -first, self._safe(margins[~is_second])

    @staticmethod
    def _safe(margins: Any) -> float:
        """A margin that few of these right words have."""
        if len(margins) < _FEW:
            return max([*map(float, margins), 1.0]) + _DISTANCE_OF_FEW
        return max(1.0, float(np.sort(margins)[::-1][int(len(margins) * _TOUCHED)])) + 1e-6

    def packed(self) -> tuple[bytes, bytes]:
        kept = [(key, self.weights[place]) for key, place in self.columns.items() if abs(self.weights[place]) > _LIGHT]
        keys = array("I", [key for key, _ in kept]).tobytes()
        return keys, bytes(round(float(weight) * STEPS) + MIDDLE for _, weight in kept)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--chats", nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    found = list(places(options.chats))
    head, body = [], bytearray()
    for pair in PAIRS:
        fit = Fit(pair, found)
        first_below, second_from = fit.thresholds()
        row: dict[str, Any] = {"pair": pair, "bias": fit.bias, "first_below": first_below, "second_from": second_from}
        for name, data in zip(("keys", "values"), fit.packed(), strict=True):
            row[name] = [len(body), len(body) + len(data)]
            body += data + b"\0" * (-len(data) % 8)
        head.append(row)
        print(pair, len(fit.columns), round(first_below, 2), round(second_from, 2), flush=True)
    line = json.dumps(head).encode() + b"\n"
    options.out.write_bytes(line + b"\0" * ((len(line) + 7) // 8 * 8 - len(line)) + body)


if __name__ == "__main__":
    main()
