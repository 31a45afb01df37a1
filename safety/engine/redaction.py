"""Take card numbers, social security numbers, mail addresses and phone numbers out of a text.

Each rule finds spans; a span is replaced by the rule's mask. Rules run in order over what the rules before
them left, so the result depends on the text and the rules alone, and running twice changes nothing.
Source: seed security__data-redaction.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

_CARD = re.compile(r"(?<![\w.])(?:\d[ \-.]?){12,18}\d(?![\w])")
_SSN = re.compile(r"(?<![\w-])(?!000|666|9\d\d)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-])")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[A-Za-z]{2,24}(?![\w-])")
# An international number, or ten North American digits in their usual groups.
_PHONE = re.compile(
    r"(?<![\w+.-])(?:\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d(?:[ .-]?\d){6,12}"
    r"|(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4})(?![\w-])"
)


def passes_luhn(digits: str) -> bool:
    """The check digit of payment cards (ISO/IEC 7812)."""
    total = 0
    for place, sign in enumerate(reversed(digits)):
        value = int(sign)
        if place % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def _is_card(match: re.Match[str]) -> bool:
    digits = re.sub(r"\D", "", match[0])
    return len(set(digits)) > 1 and passes_luhn(digits)


_BUILT_IN: dict[str, tuple[re.Pattern[str], Callable[[re.Match[str]], bool] | None]] = {
    "payment_card": (_CARD, _is_card),
    "us_ssn": (_SSN, None),
    "email": (_EMAIL, None),
    "phone": (_PHONE, None),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """`kind` is a built-in recogniser or "pattern", which takes `pattern`."""

    kind: str
    mask: str
    pattern: str = ""


Accept = Callable[[re.Match[str]], bool]


def _step(pattern: re.Pattern[str], accept: Accept | None, mask: str) -> Callable[[str], str]:
    """One rule as a function of the text."""
    return lambda text: pattern.sub(lambda match: mask if accept is None or accept(match) else match[0], text)


class Redactor:
    """Immutable and thread-safe. Raises ValueError for a rule that cannot be compiled."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._steps: list[Callable[[str], str]] = []
        for rule in rules:
            if rule.kind == "pattern":
                try:
                    self._steps.append(_step(re.compile(rule.pattern), None, rule.mask))
                except re.error as error:
                    raise ValueError(f"pattern {rule.pattern!r}: {error}") from error
            elif rule.kind in _BUILT_IN:
                self._steps.append(_step(*_BUILT_IN[rule.kind], rule.mask))
            else:
                raise ValueError(f"no such kind of rule: {rule.kind!r}")

    def redact(self, text: str) -> str:
        """The text with every match masked."""
        for step in self._steps:
            text = step(text)
        return text
