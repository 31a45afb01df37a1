"""Masks cards, accounts, addresses and whatever else a company's rules name in a text.

Every rule finds spans, and a span is replaced by the mask of its rule. Where two spans overlap, the first rule of the
list wins. A mask that is already in the text is opaque: no rule looks into it. The rules run again until they find
nothing, so the result depends only on the text and the rules, and redacting twice changes nothing.
Source: seed security__data-redaction; contract README section 3 ("messages are redacted before storage").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from safety.engine.masking.banking import find_accounts, find_cvvs, find_ibans, find_ssns
from safety.engine.masking.cards import find_cards
from safety.engine.masking.contact import find_births, find_emails, find_phones
from safety.engine.masking.digits import plain
from safety.engine.masking.patterns import compile_pattern

Find = Callable[[str], Iterator[tuple[int, int]]]
_BUILT_IN: dict[str, Find] = {
    "payment_card": find_cards,
    "us_ssn": find_ssns,
    "email": find_emails,
    "iban": find_ibans,
    "phone": find_phones,
    "account_number": find_accounts,
    "card_code": find_cvvs,
    "date_of_birth": find_births,
}
_SIGNAL = re.compile(r"[\d@]|\bdot\b|\(dot\)|\[dot\]", re.IGNORECASE)
# Replaces the characters of a mask while the rules run: no rule matches it, and it is not part of a word.
_OPAQUE = "\x00"
# Ordinary texts need two passes: one that masks, and one that finds nothing.
_MAX_EXACT_PASSES = 4


@dataclass(frozen=True, slots=True)
class Rule:
    """`kind` is a built-in recogniser, or "pattern" for the regular expression `pattern`; `name` is for people."""

    kind: str
    mask: str
    pattern: str = ""
    name: str = ""


DEFAULT_RULES = (
    Rule("payment_card", "[CARD]", name="Payment card"),
    Rule("iban", "[IBAN]", name="IBAN"),
    Rule("us_ssn", "[SSN]", name="Social security number"),
    Rule("email", "[EMAIL]", name="E-mail address"),
    Rule("account_number", "[ACCOUNT]", name="Account number"),
    Rule("phone", "[PHONE]", name="Phone number"),
    Rule("card_code", "[CVV]", name="Card security code"),
    Rule("date_of_birth", "[DOB]", name="Date of birth"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A span of the given text, and the rule that found it."""

    start: int
    end: int
    rule: Rule


class Redactor:
    """Immutable and thread-safe. Raises ValueError for an unknown kind or a pattern that cannot be used."""

    def __init__(self, rules: Iterable[Rule] = DEFAULT_RULES) -> None:
        self._rules = [(rule, _finder(rule)) for rule in rules]
        masks = sorted({rule.mask for rule, _ in self._rules if rule.mask}, key=len, reverse=True)
        self._masks = re.compile("|".join(map(re.escape, masks))) if masks else None
        self._only_built_in = all(rule.kind != "pattern" for rule, _ in self._rules)

    def findings(self, text: str) -> list[Finding]:
        """Return what one pass over the text finds, in the order of the text and without overlaps."""
        if self._only_built_in and text.isascii() and _SIGNAL.search(text) is None:
            return []
        seen = plain(text)
        if self._masks is not None:
            seen = self._masks.sub(lambda match: _OPAQUE * len(match[0]), seen)
        findings: list[Finding] = []
        # One byte for each character, so that the overlap check does not get slower with the number of findings.
        taken = bytearray(len(seen))
        for rule, find in self._rules:
            for start, end in find(seen):
                if seen.find(_OPAQUE, start, end) < 0 and taken.find(1, start, end) < 0:
                    taken[start:end] = b"\x01" * (end - start)
                    findings.append(Finding(start, end, rule))
        return sorted(findings, key=lambda finding: finding.start)

    def redact(self, text: str) -> str:
        """Return the text with every finding masked."""
        passes = 0
        while findings := self.findings(text):
            passes += 1
            # A rule with an empty mask may uncover its next match each time, as in (((()))), which would need a pass
            # for every two characters. So later passes also mask a growing margin around what they find.
            margin = 0 if passes <= _MAX_EXACT_PASSES else 32 ** (passes - _MAX_EXACT_PASSES)
            replaced = _masked(text, findings, margin)
            if replaced == text:
                break
            text = replaced
        return text


def _masked(text: str, findings: Sequence[Finding], margin: int) -> str:
    """Replace each finding and `margin` characters on both sides of it by its mask; overlaps belong to the first."""
    parts, position = [], 0
    for finding in findings:
        if finding.end > position:
            parts += [text[position : max(position, finding.start - margin)], finding.rule.mask]
            position = finding.end + margin
    return "".join([*parts, text[position:]])


def _finder(rule: Rule) -> Find:
    if rule.kind == "pattern":
        return compile_pattern(rule.pattern)
    if rule.kind not in _BUILT_IN:
        raise ValueError(f"no such kind of rule: {rule.kind!r}; known are {', '.join(sorted(_BUILT_IN))} and pattern")
    return _BUILT_IN[rule.kind]
