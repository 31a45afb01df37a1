"""Turns numbers as people type them into plain ASCII: digits of other scripts, dashes, spaces, invisible signs.

Each sign becomes exactly one sign, so that an index in the result is an index in the text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_OTHER_SIGNS = re.compile(r"[^0-9]+")


@lru_cache(maxsize=1 << 16)  # room for more scripts than one text has, so that no text flushes the cache
def _plain_sign(sign: str) -> str:
    if sign.isascii():
        return sign
    value = unicodedata.decimal(sign, None)
    if value is not None:
        return str(value)
    kind = unicodedata.category(sign)
    if kind == "Pd" or sign == "−":
        return "-"
    if kind in ("Zs", "Cf"):
        return " "
    wide = unicodedata.normalize("NFKC", sign)
    return wide if len(wide) == 1 and wide.isascii() else sign


def plain(text: str) -> str:
    """Return the text with plain digits, hyphens and spaces. The length does not change."""
    return text if text.isascii() else "".join(map(_plain_sign, text))


def only_digits(text: str) -> str:
    """Return the ASCII digits of a text."""
    return _OTHER_SIGNS.sub("", text)
