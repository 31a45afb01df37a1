"""Mail addresses, phone numbers and dates of birth."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

from safety.engine.masking.digits import only_digits

# Large countries whose national numbers begin with 0.
_ZERO_REGIONS = ("GB", "IE", "DE", "FR", "NL", "BE", "AT", "CH", "AU", "NZ", "IN", "ZA", "JP", "BR")
_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%'-]{1,64}@(?:[\w-]{1,63}\.){1,5}[^\W\d_]{2,24}(?![\w-])")
_SPOKEN_AT = r"(?:[\[(]at[\])]|[ \t]at[ \t])"
_HAS_SPOKEN_AT = re.compile(_SPOKEN_AT, re.IGNORECASE)
_SPOKEN = re.compile(
    rf"(?<![\w.])[\w.+-]{{1,40}}[ \t]*{_SPOKEN_AT}[ \t]*[\w-]{{1,40}}"
    r"[ \t]*(?:[\[(]dot[\])]|[ \t]dot[ \t]|\.)[ \t]*(?:com|net|org|edu|gov|io|co|us|info|biz)\b",
    re.IGNORECASE,
)
_GROUPED = re.compile(
    r"(?<![\w.$€£#/+-])(?:\+?1[ .\-/]{0,2})?(?:\(\d{3}\)[ .\-]{0,2}|\d{3}[ .\-/]{1,3})"
    r"\d{3}[ .\-]{1,3}\d{4}(?![\w])(?![-.]\d)"
)
_PLUS = re.compile(r"(?<![\w+])(?:\+|00(?=[1-9]))[ ]?\d(?:[ .\-/()]{0,3}\d){6,14}(?!\d)")
_SOLID = re.compile(r"(?<![\w.$€£#+-])1?[2-9]\d{2}[2-9]\d{6}(?![\w])(?!\.\d)")
_LOCAL = re.compile(r"(?<![\w.$€£#+-])[2-9]\d{2}[ .-]\d{4}(?![\w])(?![-.]\d)")
_NATIONAL = re.compile(r"(?<![\w.$€£#+-])0\d(?:[ .\-/()]{0,2}\d){7,10}(?![\w])(?![-.]\d)")
# A look-up in phonenumbers takes up to a millisecond. After this many, whatever looks like a number counts as one.
_MAX_LOOK_UPS = 100
_PHONE_WORDS = re.compile(
    r"\b(?:phone|telephone|tel|cell|mobile|call(?:ing)?|dial|reach|text|sms|whatsapp|fax|contact"
    r"|callback|landline|extension)\b",
    re.IGNORECASE,
)
_OTHER_NUMBERS = re.compile(
    r"\b(?:order|confirmation|tracking|reference|ref|case|ticket|invoice|booking|reservation|item|sku|serial|model|policy"
    r"|claim|membership|member|code|flight|upc|isbn|vin|imei|id)\b[^.!?]{0,24}$",
    re.IGNORECASE,
)

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_YEAR = r"(?:'?\d{2}|(?:18|19|20)\d{2})"
_DATE = (
    rf"(?:\d{{1,2}}[ ]?[/.\-][ ]?\d{{1,2}}[ ]?[/.\-][ ]?{_YEAR}|(?:19|20)\d{{2}}[/.\-]\d{{1,2}}[/.\-]\d{{1,2}}"
    rf"|{_MONTH}\.?[ \-]*\d{{1,2}}(?:st|nd|rd|th)?[ ,\-]*{_YEAR}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?[ \-]*(?:of )?{_MONTH}\.?[ ,\-]*{_YEAR}"
    rf"|\d{{1,2}} \d{{1,2}} (?:19|20)\d{{2}}|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:19|20)\d{{2}})(?![\d])"
)
_BIRTH_WORDS = r"(?:d\.?o\.?b\b\.?|date of birth|birth[ -]?date|birth[ -]?day|b-?day|born|day of birth)"
_BIRTH_FILL = (
    r"(?:[ \t]*(?:[:=\-–,(]|\b(?:is|was|on|it|it's|its|my|the|in|of|as|and|i|were|wife's|husband's|son's)\b)){0,5}"
    r"[ \t]*"
)
_BIRTH = re.compile(rf"\b{_BIRTH_WORDS}{_BIRTH_FILL}(?P<secret>{_DATE})", re.IGNORECASE)
_BIRTH_AFTER = re.compile(
    rf"(?<![\d/.\-])(?P<secret>{_DATE})[ \t,]*(?:(?:is|was|=|as|-)[ \t]*)?(?:(?:my|the|his|her|our)[ \t]*)?"
    rf"{_BIRTH_WORDS}",
    re.IGNORECASE,
)


def find_emails(text: str) -> Iterator[tuple[int, int]]:
    """Find mail addresses, also spelt out (jo at example dot com)."""
    if "@" in text:
        for match in _EMAIL.finditer(text):
            yield match.span()
    if _HAS_SPOKEN_AT.search(text) is not None:
        for match in _SPOKEN.finditer(text):
            yield match.span()


def _is_international(digits: str) -> bool:
    """Return True for a country's calling code followed by as many digits as its numbers have."""
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse("+" + digits))
    except phonenumbers.NumberParseException:
        return False


def _is_national(number: str) -> bool:
    """Return True for a national number of one of the countries in _ZERO_REGIONS."""
    digits = only_digits(number)
    for region in _ZERO_REGIONS:
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(digits, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False


def _is_american(number: str) -> bool:
    """Return True for ten digits whose area and exchange do not start with 0 or 1 (North American Numbering Plan)."""
    digits = only_digits(number)
    digits = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    return len(digits) == 10 and digits[0] in "23456789" and digits[3] in "23456789" and len(set(digits)) > 1


def find_phones(text: str) -> Iterator[tuple[int, int]]:
    """Find phone numbers: digits in groups or after a plus anywhere, plain digits only in a text that mentions phones.

    The lengths and prefixes of a country's numbers come from phonenumbers (Google's libphonenumber).
    """
    for count, match in enumerate(_PLUS.finditer(text)):
        number = only_digits(match[0])
        if count >= _MAX_LOOK_UPS or _is_international(number[2:] if match[0].startswith("00") else number):
            yield match.span()
    for match in _GROUPED.finditer(text):
        if _is_american(match[0]):
            yield match.span()
    if _PHONE_WORDS.search(text) is None:
        bare = text.strip(" .!\n\t")
        if _SOLID.fullmatch(bare):
            yield text.index(bare), text.index(bare) + len(bare)
        return
    for pattern in (_SOLID, _LOCAL, _NATIONAL):
        for count, match in enumerate(pattern.finditer(text)):
            if _OTHER_NUMBERS.search(text[max(0, match.start() - 60) : match.start()]):
                continue
            if pattern is not _NATIONAL or count >= _MAX_LOOK_UPS or _is_national(match[0]):
                yield match.span()


def find_births(text: str) -> Iterator[tuple[int, int]]:
    """Find dates of birth by the words beside them; other dates are not found."""
    for pattern in (_BIRTH, _BIRTH_AFTER):
        for match in pattern.finditer(text):
            yield match.span("secret")
