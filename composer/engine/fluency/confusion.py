"""Words that exist and are the wrong ones: your for you're, then for than, to for too.

Both words are put in the place and the better must fit by far: what stands before it, and behind the cursor when there
is something. What the counts alone do not make clear (better then), models of the sentence so far may ask for: those
of the language where only one of the words goes on well, those of what the company writes everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from composer.engine.fluency.confusion_models import ConfusionModels, evidence, plain
from composer.engine.fluency.cursor import OTHER, START, Completed
from composer.engine.fluency.open_places import is_open
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
# How much the counts may be against what a model asks for, and the language's models against a company's.
_AGREES = -0.5
_AGAINST = -2.5
# The third of three words may be so likely beside the one that is asked for.
_RIVALS = -1.0
# Asked for from a language's models beyond their margins: they know few of the words that may follow.
_MORE = {"too": 0.25, "you're": 0.5, "they're": 0.5}
_TEN = math.log(10)
_TOO_BEFORE_ANYTHING = 1.5  # added for too: any adjective may follow it, few did in the counts
_TYPED_ON_PURPOSE = 2.6  # an apostrophe is one more key: you're is seldom a slip for your


def _seen(column: Column, text: str, factor: float) -> float:
    value = column.get(key_of(text))
    return 0.0 if value is None else float(factor * 10 ** (-value / STEPS_A_TEN))


def _fits(store: Store, word: str, around: Completed) -> tuple[float, float]:
    """Return how well the word follows the words before it, and how well the next word follows it."""
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
    """Return how much better the other word must fit (powers of ten)."""
    word = around.word.lower()
    needed = _CLEAR_WITH_BOTH_SIDES if around.after else _CLEAR_ALONE.get(word, _CLEAR_WITH_ONE)
    if "'" in word or "’" in word:
        needed += _TYPED_ON_PURPOSE
    return needed + _TOO_BEFORE_ANYTHING if word == "too" else needed


def confused_with(
    store: Store, models: ConfusionModels | None, around: Completed, own: ConfusionModels | None = None
) -> tuple[str, float] | None:
    """The word that must have been meant and by how much it fits better (powers of ten); None when unclear.

    `own`: models of what the company writes; where they know a pair, they also have a say against a correction.
    """
    word = plain(around.word)
    others = _OTHERS.get(word)
    if others is None or around.after == OTHER or (not around.after and around.before[1] == START):
        return None
    left, right = _fits(store, word, around)
    gains = {}
    for other in others:
        other_left, other_right = _fits(store, other, around)
        gains[other] = (other_left - left) + (other_right - right)
    best = max(gains, key=lambda other: gains[other])
    if gains[best] >= _needed(around):
        return best, gains[best]
    # The models know what goes on: "me too." is the end of a sentence, "me too " seldom is.
    return _asked_for(models, own, around, gains) if models and not around.by_mark else None


def _asked_for(
    models: ConfusionModels, own: ConfusionModels | None, around: Completed, gains: dict[str, float]
) -> tuple[str, float] | None:
    """Return the correction of the models, where the counts do not contradict it."""
    if models.kinds is None or not around.sentence:
        return None
    word, keys = plain(around.word), evidence(around, models.kinds)
    known, owned = models.meant(word, keys), own.meant(word, keys) if own else {}
    is_unclear = is_open(word, around)
    found = []
    for other, gain in gains.items():
        by_language, by_company = known.get(other), owned.get(other)
        if by_language and not is_unclear and gain >= _AGREES and (by_company is None or by_company.odds > 0):
            found.append((by_language.ahead - _MORE.get(word, 0.0), by_language.odds, other))
        if by_company and (by_language is None or by_language.odds > _AGAINST):
            found.append((by_company.ahead, by_company.odds, other))
    ahead, odds, best = max(found, default=(-1.0, 0.0, ""))
    if ahead < 0 or _is_third(models, own, best, word, keys):
        return None
    return best, odds / _TEN


def _is_third(models: ConfusionModels, own: ConfusionModels | None, best: str, typed: str, keys: Sequence[int]) -> bool:
    """Return whether the third of their, there and they're may be meant as well."""
    rivals = models.meant(best, keys) | (own.meant(best, keys) if own else {})
    return any(rival.odds > _RIVALS for word, rival in rivals.items() if word != typed)
