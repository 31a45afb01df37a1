"""What the words before a place say about which of two is meant there: your or you're, then or than.

For each pair a linear model weighs the nearest words, their kinds, and the build of the sentence so far. A correction
needs a margin that few right words have which the model did not see (confusion_fit.py): at the end of a text nothing
follows yet, and only the clear cases count. There are models of a language, and models of what a company writes.

Layout of a file: a line of JSON, then columns, each at a multiple of 8.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from composer.engine.fluency.cursor import START, Completed
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
# A margin that no place reaches.
NEVER = 1e9

_ENDINGS = ("ing", "ed", "ly", "er", "est", "tion", "s", "ity", "ness", "able", "al", "ous", "ive", "ful", "y")
_VERB_FORMS = (
    "is are was were am be been do does did can could will would should may might must has have had isn't aren't don't "
    "doesn't didn't can't won't wouldn't i'm it's that's there's you're we're they're he's she's i'll we'll you'll "
    "i've we've what's"
)
_VERBS = frozenset(_VERB_FORMS.split())
_ASKING = _VERBS | {"what", "when", "where", "which", "who", "how", "why", "whose"}
_COMPARING = frozenset(("more", "less", "rather", "other", "better", "worse"))
_WHOLE = 8  # a longer sentence is known in part only


def plain(word: str) -> str:
    return word.lower().replace("’", "'")


class WordKinds:
    """Kinds of words that stand in the same places, found by counting. Immutable; thread-safe."""

    def __init__(self, column: Column) -> None:
        self._column = column

    def of(self, word: str) -> str:
        """Return the kind of a word; for a word that was never counted, the kind its ending suggests."""
        found = self._column.get(key_of(word))
        if found is not None:
            return str(found)
        return "x" + next((ending for ending in _ENDINGS if word.endswith(ending)), "")


def _compares(word: str) -> bool:
    return word in _COMPARING or (len(word) > 4 and word.endswith("er"))


def _facts(left: Sequence[str], kinds: WordKinds) -> Iterator[str]:
    one, two, three = ([*reversed(left[-3:]), START, START, START])[:3]
    kind, kind_before = kinds.of(one), kinds.of(two)
    yield from (f"1 {one}", f"2 {two} {one}", f"-2 {two}", f"-3 {three}")
    yield from (f"length {min(len(left), 4)}", f"end {one[-3:]}", f"end {one[-2:]}")
    yield from (f"k1 {kind}", f"k2 {kind_before} {kind}", f"k-2 {kind_before}")
    yield from (f"kw {kind_before} {one}", f"wk {two} {kind}")
    yield from _build(left, kind, kinds)
    for word in sorted(set(left[:-1])):
        yield f"said {word}"


def _build(left: Sequence[str], kind: str, kinds: WordKinds) -> Iterator[str]:
    """The sentence so far: its verbs, whether it asks or compares, how it began."""
    verbs = [word for word in left if word in _VERBS]
    first = left[0] if left else START
    is_whole = len(left) < _WHOLE
    yield f"verb {verbs[-1] if verbs else ''}"
    yield f"verbs {min(len(verbs), 2)} {kind}"
    yield f"asks {is_whole and first in _ASKING} {kind}"
    yield f"compares {any(map(_compares, left))} {kind}"
    if is_whole:
        yield f"first {first}"
    if len(left) > 1:
        yield f"ends {kind} {kinds.of(first)} {len(left) > 2}"


def evidence(around: Completed, kinds: WordKinds) -> list[int]:
    """Return the keys of all features of a word's context."""
    return [key_of(fact) for fact in _facts(around.sentence, kinds)]


@dataclass(frozen=True, slots=True)
class _Model:
    """A linear model of one pair: a margin above `second_from` means the second word, below `first_below` the first."""

    pair: tuple[str, str]
    bias: float
    first_below: float
    second_from: float
    weights: Column

    def margin(self, keys: Sequence[int]) -> float:
        found = (self.weights.get(key) for key in keys)
        return self.bias + sum((value - MIDDLE) / STEPS for value in found if value is not None)


@dataclass(frozen=True, slots=True)
class Meant:
    """A word that may be meant instead.

    `odds`: how much likelier it is than the word as typed, natural logarithm; `ahead`: how far that is above what a
    correction needs, below 0 when it is not.
    """

    word: str
    odds: float
    ahead: float


class ConfusionModels:
    """The models of a language, or of a company's texts. Immutable; thread-safe.

    Raises ValueError for what `confusion_fit.packed` did not make.
    """

    def __init__(self, data: bytes) -> None:
        head_end = data.find(b"\n")
        body = memoryview(data)[(head_end + 8) // 8 * 8 :]
        self._models: dict[str, list[_Model]] = {}
        self.kinds: WordKinds | None = None
        try:
            head = json.loads(data[: max(head_end, 0)])
            if head["kinds"]:
                self.kinds = WordKinds(_column(body, head["kinds"]))
            for row in head["models"]:
                pair = (str(row["pair"][0]), str(row["pair"][1]))
                model = _Model(pair, row["bias"], row["first_below"], row["second_from"], _column(body, row))
                for word in pair:
                    self._models.setdefault(word, []).append(model)
        except (KeyError, TypeError, IndexError) as error:
            raise ValueError(f"no models of confusions: {error!r}") from error

    def meant(self, word: str, keys: Sequence[int]) -> dict[str, Meant]:
        """Return for each pair of the word what its model says of this evidence, by the other word."""
        found = {}
        for model in self._models.get(word, ()):
            margin = model.margin(keys)
            is_first = word == model.pair[0]
            odds = margin if is_first else -margin
            needed = model.second_from if is_first else -model.first_below
            found[model.pair[is_first]] = Meant(model.pair[is_first], odds, odds - needed)
        return found


def _column(body: memoryview, row: dict[str, list[int]]) -> Column:
    keys = body[row["keys"][0] : row["keys"][1]].cast("I")
    return Column(keys, body[row["values"][0] : row["values"][1]])


@lru_cache(maxsize=8)
def confusions_of(language: str) -> ConfusionModels | None:
    """The models of a language that has some, opened once a process. `language`: letters, such as en."""
    path = Path(__file__).parent / "data" / f"confusions_{language}.bin"
    return ConfusionModels(path.read_bytes()) if path.is_file() else None
