"""Which characters of a text can be seen: finds blank messages, and cleans names and the ends of texts.

The rules use Unicode general categories, so that all scripts and emoji are treated alike. `static/js/lib/text.js`
does the same as `is_blank` for the pages.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Letters and symbols without ink: the braille blank, the Hangul fillers, an empty note head.
_BLANK_LETTERS = frozenset("\u2800\u115f\u1160\u3164\uffa0\U0001d159")
# Spaces and line ends; format, control and surrogate characters; marks, which need a letter to stand on.
_INVISIBLE = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Mn", "Mc", "Me"})
# Unassigned code points that are never drawn (Default_Ignorable_Code_Point). Other unassigned ones may be new emoji.
_IGNORABLE = ((0x2065, 0x2065), (0xFFF0, 0xFFF8), (0xE0000, 0xE0FFF))
# Stripped from the end of a text beside spaces. Joiners, marks and tags stay: they may belong to the sign before them.
_EMPTY_END = frozenset("\u200b\u2060\ufeff\u2800\u3164\uffa0")
# Persian and Indic names need the zero-width joiner and non-joiner between letters.
_JOINERS = frozenset("\u200c\u200d")


@lru_cache(maxsize=8192)
def _is_visible(sign: str) -> bool:
    if sign in _BLANK_LETTERS or unicodedata.category(sign) in _INVISIBLE:
        return False
    return not any(first <= ord(sign) <= last for first, last in _IGNORABLE)


def is_blank(text: str) -> bool:
    """Return True if nothing of the text is visible: spaces, zero-width and bidi characters, marks without a letter."""
    return not any(map(_is_visible, text))


def without_empty_end(text: str) -> str:
    """Return the text without the spaces and empty lines at its end."""
    end = len(text)
    while end and (text[end - 1].isspace() or text[end - 1] in _EMPTY_END):
        end -= 1
    return text[:end]


def clean_name(name: str) -> str:
    """Return a name that is safe inside our own sentences: one line, without bidi controls and hidden characters.

    Returns "" for a name without a letter or digit. Hebrew, Arabic and all other scripts stay as they are written.
    """
    signs: list[str] = []
    for index, sign in enumerate(name):
        if sign in _JOINERS:
            if index and index + 1 < len(name) and _can_join(name[index - 1]) and _can_join(name[index + 1]):
                signs.append(sign)
        elif sign.isspace() or sign in _BLANK_LETTERS:
            signs.append(" ")
        elif _is_visible(sign) or (unicodedata.category(sign)[0] == "M" and signs and signs[-1] != " "):
            signs.append(sign)
    clean = " ".join("".join(signs).split())
    return clean if any(map(str.isalnum, clean)) else ""


def _can_join(sign: str) -> bool:
    """Return True if a joiner may follow or precede the sign: letters, their marks and the parts of an emoji."""
    return unicodedata.category(sign)[0] in "LMS"
