"""Payment card numbers: 13 to 19 digits of a known network with a correct check digit (ISO/IEC 7812)."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from itertools import accumulate

from safety.engine.masking.banking import find_ibans
from safety.engine.masking.digits import only_digits

_SEPARATORS = r"[ \-./_]{0,3}"
_RUN = re.compile(rf"(?<![\d$€£])\d(?:{_SEPARATORS}\d){{12,47}}(?!\d)")
_GROUP = re.compile(r"\d+")
# The range of a network's first digits, at most _PREFIX_DIGITS of them, and the lengths of its numbers.
_PREFIX_DIGITS = 4
_NETWORKS: tuple[tuple[int, int, tuple[int, ...]], ...] = (
    (4, 4, (13, 16, 19)),  # Visa
    (51, 55, (16,)),
    (2221, 2720, (16,)),  # Mastercard
    (34, 34, (15,)),
    (37, 37, (15,)),  # American Express
    (6011, 6011, (16, 17, 18, 19)),
    (644, 659, (16, 17, 18, 19)),  # Discover, with 622126 to 622925, which have the lengths of UnionPay below
    (300, 305, (14, 15, 16, 17, 18, 19)),
    (3095, 3095, (14, 15, 16, 17, 18, 19)),
    (36, 36, (14, 15, 16, 17, 18, 19)),
    (38, 39, (14, 15, 16, 17, 18, 19)),  # Diners Club
    (3528, 3589, (16, 17, 18, 19)),  # JCB
    (62, 62, (16, 17, 18, 19)),
    (81, 81, (16, 17, 18, 19)),  # UnionPay
    (50, 50, (13, 14, 15, 16, 17, 18, 19)),
    (56, 58, (13, 14, 15, 16, 17, 18, 19)),
    (63, 63, (13, 14, 15, 16, 17, 18, 19)),
    (67, 67, (13, 14, 15, 16, 17, 18, 19)),  # Maestro
    (60, 60, (16,)),
    (82, 82, (16,)),  # RuPay
    (2200, 2204, (16, 17, 18, 19)),  # Mir
    (9792, 9792, (16,)),  # Troy
    (1, 1, (15,)),  # UATP
)


def passes_luhn(digits: str) -> bool:
    """Return True if the last digit is the check digit that payment cards have."""
    return _LuhnSums(digits).passes(0, len(digits))


class _LuhnSums:
    """Luhn checks for any part of a run of digits, each in one step: the prefix sums are computed once."""

    def __init__(self, digits: str) -> None:
        self._digits = digits

    @cached_property
    def _sums(self) -> list[list[int]]:
        """Prefix sums in which the digits at even (`[0]`) or odd (`[1]`) indexes count once and the others double.

        Computed on first use: most runs of digits do not begin like a card.
        """
        values = [ord(sign) - 48 for sign in self._digits]
        doubled = [value * 2 - 9 if value > 4 else value * 2 for value in values]
        return [
            [0, *accumulate(values[i] if i % 2 == parity else doubled[i] for i in range(len(values)))]
            for parity in (0, 1)
        ]

    def passes(self, start: int, end: int) -> bool:
        """Return True if the last one of `digits[start:end]` is its check digit."""
        sums = self._sums[(end - 1) % 2]
        return (sums[end] - sums[start]) % 10 == 0


@lru_cache(maxsize=1 << 14)  # all prefixes fit
def _lengths(prefix: str) -> tuple[int, ...]:
    """Return the lengths of numbers with this prefix, longest first; empty if no network has such numbers."""
    known = {
        length
        for low, high, lengths in _NETWORKS
        for length in lengths
        if len(prefix) >= len(str(low)) and low <= int(prefix[: len(str(low))]) <= high
    }
    return tuple(sorted(known, reverse=True))


def find_cards(text: str) -> Iterator[tuple[int, int]]:
    """Find card numbers, also directly before an expiry date or a security code."""
    ibans = deque(find_ibans(text))
    for match in _RUN.finditer(text):
        while ibans and ibans[0][1] <= match.start():
            ibans.popleft()
        if ibans and ibans[0][0] < match.end():
            continue  # one IBAN in forty has the digits of a valid card
        yield from _cards_in(match[0], match.start())


def _cards_in(run: str, offset: int) -> Iterator[tuple[int, int]]:
    """Find the cards in a run of groups of digits; each begins and ends with a group."""
    groups = [group.span() for group in _GROUP.finditer(run)]
    digits = only_digits(run)
    sums = _LuhnSums(digits)
    # The number of digits before each group, and of the whole run.
    totals = [0, *accumulate(end - start for start, end in groups)]
    ends = {total: group for group, total in enumerate(totals[1:])}
    first = 0
    while first < len(groups):
        last = _card_end(digits, sums, ends, totals[first])
        if last is not None:
            yield offset + groups[first][0], offset + groups[last][1]
        first = first + 1 if last is None else last + 1


def _card_end(digits: str, sums: _LuhnSums, ends: Mapping[int, int], begin: int) -> int | None:
    """Return the index of the last group of the longest card that starts after `begin` digits, or None.

    `ends` maps a number of digits to the group that ends there.
    """
    for length in _lengths(digits[begin : begin + _PREFIX_DIGITS]):
        end = begin + length
        last = ends.get(end)
        if last is not None and len(set(digits[begin:end])) > 1 and sums.passes(begin, end):
            return last
    return None
