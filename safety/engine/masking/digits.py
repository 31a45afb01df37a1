"""Read numbers as people type them: digits of other scripts, typographic dashes and spaces, invisible signs.

Each sign becomes exactly one sign, so that places in the result are places in the text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_OTHER_SIGNS = re.compile(r"[^0-9]+")


@lru_cache(maxsize=1 << 16)  # a text of more scripts than anybody writes must not empty it again and again
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
    """The text with plain digits, hyphens and spaces; as long as the text."""
    return text if text.isascii() else "".join(map(_plain_sign, text))


def only_digits(text: str) -> str:
    """The ASCII digits of a text."""
    return _OTHER_SIGNS.sub("", text)
