"""Words that exist and are the wrong ones: your for you're, then for than, to for too.

Both words are put in the place and the better must fit by far: what stands before it, and behind the cursor when
there is something. Most of the time nothing is; then only the clearest cases are corrected: those that the counts
alone make clear (better then), and those that a model of the whole sentence so far asks for while the counts agree.
"""

from __future__ import annotations

import math

from composer.engine.fluency.confusion_models import ConfusionModels, plain
from composer.engine.fluency.cursor import OTHER, START, Completed
from composer.engine.fluency.store import STEPS_A_TEN, Column, Store, key_of

_SETS = (
    ("your", "you're"),
    ("their", "there", "they're"),
    ("its", "it's"),
    ("then", "than"),
    ("to", "too"),
    ("were", "we're"),
    ("well", "we'll"),
    ("lets", "let's"),
    ("whose", "who's"),
)
_OTHERS = {word: tuple(other for other in words if other != word) for words in _SETS for word in words}
# Evidence for a pair that was never seen, in powers of ten.
_NEVER_SEEN = -5.5
_CLEAR_WITH_BOTH_SIDES = 1.5
# With nothing behind the cursor. "caused too" and "this is their" go on well, whatever the pairs say.
_CLEAR_WITH_ONE = 2.2
_CLEAR_ALONE = {"then": 1.5, "than": 1.5, "their": 2.6, "there": 2.6, "to": 9.9, "too": 9.9}
_AGREES = 0.3
_TOO_BEFORE_ANYTHING = 1.5  # added for too: any adjective may follow it, few did in the counts
_TYPED_ON_PURPOSE = 2.6  # an apostrophe is one more key: you're is seldom a slip for your


def _seen(column: Column, text: str, factor: float) -> float:
    value = column.get(key_of(text))
    return 0.0 if value is None else float(factor * 10 ** (-value / STEPS_A_TEN))


def _fits(store: Store, word: str, around: Completed) -> tuple[float, float]:
    """How well the word follows what is before it, and how well what comes after follows it."""
    one, two = around.before
    known = store.word(word)
    alone = 10 ** known[1] + 10 ** known[2] if known else 0.0
    left = (
        0.5 * _seen(store.triples, f"{one} {two} {word}", 1.0)
        + 0.3 * _seen(store.pairs, f"{two} {word}", 1.0)
        + 0.15 * _seen(store.general_pairs, f"{two} {word}", 1.0)
        + 0.05 * alone
    )
    right = 0.0
    if around.after:
        right = (
            0.5 * _seen(store.triples, f"{two} {word} {around.after}", 1.0)
            + 0.3 * _seen(store.pairs, f"{word} {around.after}", 1.0)
            + 0.2 * _seen(store.general_pairs, f"{word} {around.after}", 1.0)
        )
    floor = 10**_NEVER_SEEN
    return math.log10(left + floor), math.log10(right + floor)


def _needed(around: Completed) -> float:
    """How much better the other word must fit."""
    word = around.word.lower()
    needed = _CLEAR_WITH_BOTH_SIDES if around.after else _CLEAR_ALONE.get(word, _CLEAR_WITH_ONE)
    if "'" in word or "’" in word:
        needed += _TYPED_ON_PURPOSE
    return needed + _TOO_BEFORE_ANYTHING if word == "too" else needed


def confused_with(store: Store, models: ConfusionModels | None, around: Completed) -> tuple[str, float] | None:
    """The word that must have been meant and by how much it fits better (powers of ten); None when unclear."""
    others = _OTHERS.get(plain(around.word))
    if others is None or around.after == OTHER:
        return None
    left, right = _fits(store, plain(around.word), around)
    best, ahead = "", -math.inf
    for other in others:
        other_left, other_right = _fits(store, other, around)
        gain = (other_left - left) + (other_right - right)
        if gain > ahead:
            best, ahead = other, gain
    needed = _needed(around)
    if not around.after and around.before[1] == START:
        return None
    if ahead >= needed:
        return best, ahead
    # The models know what goes on: "me too." is the end of a sentence, "me too " seldom is.
    goes_on = models and not around.after and not around.by_mark
    return _asked_for(store, models, around, left) if models and goes_on else None


def _asked_for(store: Store, models: ConfusionModels, around: Completed, left: float) -> tuple[str, float] | None:
    """What a model asks for, where the counts of what stands before it are for it too. `left`: of the word as typed."""
    found = []
    for word, ahead in models.meant(around):
        gain = _fits(store, word, around)[0] - left
        if gain >= _AGREES:
            found.append((ahead, word, gain))
    return (max(found)[1], max(found)[2]) if found else None
