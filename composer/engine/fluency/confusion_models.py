"""What the words before a place say about which of two is meant there: your or you're, then or than.

For each pair a linear model weighs the nearest words, pairs and triples of them, and the words of the sentence so far.
A correction needs a margin at which, in messages kept back from fitting, next to no right word was touched
(benchmarks/build_confusions.py): at the end of a text nothing follows yet, and only the clearest cases count.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from composer.engine.fluency.cursor import Completed
from composer.engine.fluency.store import Column, key_of

PAIRS = (
    ("your", "you're"),
    ("their", "there"),
    ("their", "they're"),
    ("there", "they're"),
    ("its", "it's"),
    ("then", "than"),
    ("to", "too"),
    ("were", "we're"),
    ("well", "we'll"),
    ("lets", "let's"),
    ("whose", "who's"),
)
# A byte of weight: 128 is nothing, a step is a twenty-fifth.
MIDDLE, STEPS = 128, 25


def plain(word: str) -> str:
    return word.lower().replace("’", "'")


def evidence(around: Completed) -> Iterator[int]:
    """The keys of all that is known about the place of a word."""
    left = around.sentence
    one, two, three = ([*reversed(left[-3:]), "<s>", "<s>", "<s>"])[:3]
    yield from map(
        key_of,
        (
            f"1 {one}",
            f"2 {two} {one}",
            f"3 {three} {two} {one}",
            f"-2 {two}",
            f"-3 {three}",
            f"length {min(len(left), 4)}",
            f"end {one[-3:]}",
            f"end {one[-2:]}",
        ),
    )
    for word in sorted(set(left[:-1])):
        yield key_of(f"said {word}")


@dataclass(frozen=True, slots=True)
class _Model:
    """Above `second_from` the second word of the pair is meant, below `first_below` the first."""

    pair: tuple[str, str]
    bias: float
    first_below: float
    second_from: float
    weights: Column

    def margin(self, keys: Sequence[int]) -> float:
        found = (self.weights.get(key) for key in keys)
        return self.bias + sum((value - MIDDLE) / STEPS for value in found if value is not None)


class ConfusionModels:
    """The models of a language. Immutable; thread-safe."""

    def __init__(self, path: Path) -> None:
        data = path.read_bytes()
        head_end = data.index(b"\n")
        body = memoryview(data)[(head_end + 8) // 8 * 8 :]
        self._models: dict[str, list[_Model]] = {}
        for row in json.loads(data[:head_end]):
            keys = body[row["keys"][0] : row["keys"][1]].cast("I")
            values = body[row["values"][0] : row["values"][1]]
            pair = (row["pair"][0], row["pair"][1])
            model = _Model(pair, row["bias"], row["first_below"], row["second_from"], Column(keys, values))
            for word in pair:
                self._models.setdefault(word, []).append(model)

    def meant(self, around: Completed) -> Iterator[tuple[str, float]]:
        """Words that the words before ask for, each with how far it is above its threshold."""
        word = plain(around.word)
        models = self._models.get(word)
        if models is None or not around.sentence:
            return
        keys = list(evidence(around))
        for model in models:
            margin = model.margin(keys)
            is_first = word == model.pair[0]
            ahead = margin - model.second_from if is_first else model.first_below - margin
            if ahead >= 0:
                yield model.pair[is_first], ahead


@lru_cache(maxsize=8)
def confusions_of(language: str) -> ConfusionModels | None:
    """The models of a language that has some, opened once a process. `language`: letters, such as en."""
    path = Path(__file__).parent / "data" / f"confusions_{language}.bin"
    return ConfusionModels(path) if path.is_file() else None
