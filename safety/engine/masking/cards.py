"""Payment card numbers: 13 to 19 digits of a known network whose check digit is right (ISO/IEC 7812)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safety.engine.masking.banking import find_ibans

_SEPARATORS = r"[ \-./_]{0,3}"
_RUN = re.compile(rf"(?<![\d$€£])\d(?:{_SEPARATORS}\d){{12,47}}(?!\d)")
_GROUP = re.compile(r"\d+")
# First digits of a network and the lengths of its numbers.
_NETWORKS: tuple[tuple[int, int, tuple[int, ...]], ...] = (
    (4, 4, (13, 16, 19)),  # Visa
    (51, 55, (16,)),
    (2221, 2720, (16,)),  # Mastercard
    (34, 34, (15,)),
    (37, 37, (15,)),  # American Express
    (6011, 6011, (16, 17, 18, 19)),
    (644, 659, (16, 17, 18, 19)),
    (622126, 622925, (16, 17, 18, 19)),  # Discover
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
    """The check digit of payment cards."""
    total = 0
    for place, sign in enumerate(reversed(digits)):
        value = ord(sign) - 48
        if place % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def is_card(digits: str) -> bool:
    """True for a number that a known network could have given out."""
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1 or not passes_luhn(digits):
        return False
    return any(
        low <= int(digits[: len(str(low))]) <= high and len(digits) in lengths for low, high, lengths in _NETWORKS
    )


def find_cards(text: str) -> Iterator[tuple[int, int]]:
    """Places of card numbers; one that stands before an expiry date or a security code is found too."""
    ibans = list(find_ibans(text))
    for match in _RUN.finditer(text):
        if any(match.start() < end and start < match.end() for start, end in ibans):
            continue  # the digits of an IBAN pass for a card one time in forty
        groups = [(group.start() + match.start(), group.end() + match.start()) for group in _GROUP.finditer(match[0])]
        first = 0
        while first < len(groups):
            last = _card_end(text, groups, first)
            if last is None:
                first += 1
            else:
                yield groups[first][0], groups[last][1]
                first = last + 1


def _card_end(text: str, groups: list[tuple[int, int]], first: int) -> int | None:
    """The last group of the longest card that starts with the group `first`."""
    digits, found = "", None
    for place in range(first, len(groups)):
        start, end = groups[place]
        digits += text[start:end]
        if len(digits) > 19:
            break
        if is_card(digits):
            found = place
    return found
