"""How likely a slip is: the cost of typing `typed` when `meant` was meant, in powers of ten.

A cost of 3 means one word in a thousand is slipped just so. Slips of the hand (a neighbouring key, two letters
swapped, a letter doubled) and of the ear (vowels, c for k, ie for ei) cost less than others; at the start of a
word people err less. The numbers are judgements, checked on slips put into chat messages (benchmarks/text_spelling.py).
"""

from __future__ import annotations

from functools import lru_cache

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_VOWELS = frozenset("aeiouy")
_SOUND_PAIRS = "ck cs sz gj fv dt mn bv bp iy ea ei ie ao ou aw uw xs qk kg vw eu"
_SOUNDS = frozenset(frozenset(pair) for pair in _SOUND_PAIRS.split())
IMPOSSIBLE = 99.0
DEAREST = 7.2  # above this nobody would call it a slip
_BAND = 2


def _neighbours() -> frozenset[tuple[str, str]]:
    position = {key: (row, column + 0.4 * row) for row, keys in enumerate(_ROWS) for column, key in enumerate(keys)}
    return frozenset(
        (one, other)
        for one, (row, column) in position.items()
        for other, (row2, column2) in position.items()
        if one != other and abs(row - row2) <= 1 and abs(column - column2) <= 1.0
    )


_NEAR = _neighbours()


@lru_cache(maxsize=4096)
def _swap_cost(meant: str, typed: str) -> float:
    """Return the cost of one letter typed for another."""
    if (meant, typed) in _NEAR:
        return 3.0
    if meant in _VOWELS and typed in _VOWELS:
        return 3.0
    if frozenset((meant, typed)) in _SOUNDS:
        return 3.2
    return 4.3


def _left_out(meant: str, index: int) -> float:
    """Return the cost of leaving out the letter at `index` of the word."""
    letter = meant[index]
    before = meant[index - 1] if index else ""
    after = meant[index + 1] if index + 1 < len(meant) else ""
    if letter in (before, after):
        return 2.4
    if index == 0:
        return 3.7
    if letter in "eh" or letter == "'":
        return 2.7
    return 2.8 if letter in _VOWELS else 3.0


def _put_in(typed: str, index: int) -> float:
    """Return the cost of the letter at `index` of what was typed, which the word does not have."""
    letter = typed[index]
    beside = (typed[index - 1] if index else "", typed[index + 1] if index + 1 < len(typed) else "")
    if letter in beside:
        return 2.6
    if any((key, letter) in _NEAR for key in beside):
        return 3.0
    if letter in "eh":
        return 3.2
    return 3.6 if letter in _VOWELS else 3.9


@lru_cache(maxsize=256)
def _put_in_costs(typed: str) -> tuple[float, ...]:
    return tuple(_put_in(typed, index) for index in range(len(typed)))


def _is_moved(typed: str, meant: str) -> bool:
    """One of three letters moved over the other two: fomr for from."""
    return typed != meant and typed in (meant[1:] + meant[0], meant[2] + meant[:2])


@lru_cache(maxsize=16384)
def slip_cost(typed: str, meant: str) -> float:
    """The cost of the cheapest way from `meant` to `typed`; IMPOSSIBLE beyond what one would call a slip."""
    start = 0
    shorter = min(len(typed), len(meant))
    while start < shorter and typed[start] == meant[start]:
        start += 1
    end = 0
    while end < shorter - start and typed[-1 - end] == meant[-1 - end]:
        end += 1
    # One letter of context stays on each side: a swap or a doubling may reach over the cut.
    first = max(0, start - 1)
    last = max(0, end - 1)
    return _path_cost(typed, meant, first, len(typed) - last, len(meant) - last)


def _path_cost(typed: str, meant: str, first: int, typed_end: int, meant_end: int) -> float:
    """Damerau-Levenshtein with the costs above, over the part where the two differ, near the diagonal only."""
    rows, columns = meant_end - first, typed_end - first
    if abs(rows - columns) > _BAND:
        return IMPOSSIBLE
    extra = _put_in_costs(typed)[first:typed_end]
    two_before: list[float] = []
    before_last: list[float] = []
    last = [0.0]
    for j in range(min(columns, _BAND)):
        last.append(last[-1] + extra[j])
    last.extend([IMPOSSIBLE] * (columns + 1 - len(last)))
    for i in range(rows):
        letter = meant[first + i]
        missing = _left_out(meant, first + i)
        row = [last[0] + missing if i < _BAND else IMPOSSIBLE] + [IMPOSSIBLE] * columns
        for j in range(max(0, i - _BAND), min(columns, i + _BAND + 1)):
            key = typed[first + j]
            best = last[j]
            if key != letter and best < DEAREST:
                best += _swap_cost(letter, key) + (0.6 if first + i == 0 else 0.0)
            if last[j + 1] + missing < best:
                best = last[j + 1] + missing
            if row[j] + extra[j] < best:
                best = row[j] + extra[j]
            if i and j and key == meant[first + i - 1] and key != letter and typed[first + j - 1] == letter:
                best = min(best, before_last[j - 1] + (2.5 if first + i > 1 else 2.9))
            if (
                i > 1
                and j > 1
                and _is_moved(typed[first + j - 2 : first + j + 1], meant[first + i - 2 : first + i + 1])
            ):
                best = min(best, two_before[j - 2] + 3.4)
            row[j + 1] = best
        if min(row) > DEAREST:
            return IMPOSSIBLE
        two_before, before_last, last = before_last, last, row
    return last[-1]
