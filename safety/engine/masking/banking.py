"""Numbers that are recognised by the words beside them: accounts, security codes, social security; and IBANs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safety.engine.masking.digits import only_digits

_FILL = (
    r"(?:[ \t]*(?:[:=#\-–,(]|\b(?:is|was|of|my|the|our|your|for|number|numbers|num|no|nbr|code|value|it|its|it's"
    r"|here|are|as|card|and)\b\.?)){0,6}[ \t]*"
)
_END = r"(?![\d])(?![.,:/]\d)"
_SSN = re.compile(r"(?<![\d-])(?<!\d[ .])(?!000|666)(\d{3})([- .]{1,3}|)(?!00)(\d{2})\2(?!0000)(\d{4})(?!\d)(?!-\d)")
_SSN_WORDS = re.compile(
    r"\b(?:ssn|ss#|ss ?(?:no|num|number)|social(?: security)?|soc sec|itin|tax(?:payer)? id)\b", re.IGNORECASE
)
_NOT_SSN = re.compile(
    r"\b(?:order|confirmation|tracking|reference|ref|case|ticket|invoice|routing|account|acct|zip)\b[^\d\n]{0,20}\Z",
    re.IGNORECASE,
)
_ITIN_MIDDLE = frozenset({*range(50, 66), *range(70, 89), *range(90, 93), *range(94, 100)})

_ACCOUNT = re.compile(
    r"\b(?:accounts?|acct|acc|a/c|routing|aba|sort code|iban|swift|checking|savings)\b"
    r"(?:[ \t]*(?:#|number|num|no|nbr|id|account|ending)\b\.?){0,4}"
    + _FILL
    + r"(?P<secret>\d(?:[ \-]?\d){5,16})"
    + _END,
    re.IGNORECASE,
)
# The `+` after `{5,16}` is possessive: a shorter match is never followed by such a word, so do not backtrack.
_ACCOUNT_AFTER = re.compile(
    r"(?<![\d$€£.,:/\-])(?P<secret>\d(?:[ \-]?\d){5,16}+)[ \t,]+(?:is|was|=|for)[ \t]+(?:(?:my|the|our|his|her)[ \t]*)?"
    r"(?:(?:bank|checking|savings|current)[ \t]*)?(?:account|acct|routing)\b",
    re.IGNORECASE,
)
_CVV_NAME = (
    r"(?:cvv2?|cvc2?|cvn|csc|cid|security (?:code|number)|card verification (?:code|value|number)"
    r"|(?:3|4|three|four)[ -]?digit (?:code|number)|(?:code|number|digits) on the (?:back|front))"
)
_CVV = re.compile(
    rf"\b{_CVV_NAME}\b(?:[ \t]+(?:on|at) the (?:back|front))?(?:[ \t]+of (?:my|the) card)?{_FILL}"
    rf"(?P<secret>\d{{3,4}}){_END}(?![ \t]*(?:digits?|numbers?)\b)",
    re.IGNORECASE,
)
_CVV_AFTER = re.compile(
    rf"(?<![\d$€£.,:/\-])(?P<secret>\d{{3,4}})[ \t,]+(?:is|was|=|for)[ \t]+(?:(?:my|the|its)[ \t]*)?{_CVV_NAME}\b",
    re.IGNORECASE,
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ \-]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])")
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18,
    "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24,
    "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24,
    "XK": 20,
}  # fmt: skip


def find_ssns(text: str) -> Iterator[tuple[int, int]]:
    """Find social security and taxpayer numbers: grouped 3-2-4, or nine digits in a text that mentions them."""
    named = _SSN_WORDS.search(text) is not None
    for match in _SSN.finditer(text):
        separator = match[2]
        if match[1][0] == "9" and int(match[3]) not in _ITIN_MIDDLE:
            continue
        if not separator and not named:
            continue
        if not named and _NOT_SSN.search(text[max(0, match.start() - 40) : match.start()]):
            continue
        yield match.span()


def find_accounts(text: str) -> Iterator[tuple[int, int]]:
    """Find bank account and routing numbers by the words beside them."""
    for pattern in (_ACCOUNT, _ACCOUNT_AFTER):
        for match in pattern.finditer(text):
            yield match.span("secret")


def find_cvvs(text: str) -> Iterator[tuple[int, int]]:
    """Find card security codes by the words beside them."""
    for pattern in (_CVV, _CVV_AFTER):
        for match in pattern.finditer(text):
            yield match.span("secret")


def _is_iban(text: str) -> bool:
    rest = text[4:] + text[:4]
    return int("".join(str(int(sign, 36)) for sign in rest)) % 97 == 1


def find_ibans(text: str) -> Iterator[tuple[int, int]]:
    """Find international bank account numbers that have their country's length and correct check digits."""
    for match in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(match[0][:2].upper())
        if length is None:
            continue
        iban, end = "", match.start()
        for index in range(match.start(), match.end()):
            if text[index].isalnum():
                iban, end = iban + text[index].upper(), index + 1
            if len(iban) == length:
                break
        whole_word = end == len(text) or not text[end].isalnum()
        if len(iban) == length and whole_word and only_digits(iban) and _is_iban(iban):
            yield match.start(), end
