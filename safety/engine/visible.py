"""What of a text can be seen: messages that show nothing, names with hidden controls, ends that are empty lines.

The rules go by Unicode general categories, so that every script and every emoji is treated alike. The pages have the
first rule in `static/js/desk/visible.js`.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Letters and symbols that are drawn as nothing: the braille blank, the Hangul fillers, an empty note head.
_BLANK_LETTERS = frozenset("\u2800\u115f\u1160\u3164\uffa0\U0001d159")
# Spaces and line ends; format, control and surrogate characters; marks, which need a letter to stand on.
_INVISIBLE = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Mn", "Mc", "Me"})
# Not assigned, and never to be drawn (Default_Ignorable_Code_Point). Others that are not assigned may be new emoji.
_IGNORABLE = ((0x2065, 0x2065), (0xFFF0, 0xFFF8), (0xE0000, 0xE0FFF))
# What the end of a text may lose beside spaces. A joiner, mark or tag may belong to the letter or emoji before it.
_EMPTY_END = frozenset("\u200b\u2060\ufeff\u2800\u3164\uffa0")
# Zero-width joiner and non-joiner belong to Persian and Indic names, where they stand between letters.
_JOINERS = frozenset("\u200c\u200d")


@lru_cache(maxsize=8192)
def _is_visible(sign: str) -> bool:
    if sign in _BLANK_LETTERS or unicodedata.category(sign) in _INVISIBLE:
        return False
    return not any(first <= ord(sign) <= last for first, last in _IGNORABLE)


def is_blank(text: str) -> bool:
    """True for a text of which nothing can be seen: spaces, zero-width and bidi characters, marks on no letter."""
    return not any(map(_is_visible, text))


def without_empty_end(text: str) -> str:
    """The text without the spaces and empty lines at its end."""
    end = len(text)
    while end and (text[end - 1].isspace() or text[end - 1] in _EMPTY_END):
        end -= 1
    return text[:end]


def clean_name(name: str) -> str:
    """A name as it may stand in our own sentences and rows: one line, without bidi controls and hidden characters.

    "" for a name without a letter or digit. Hebrew, Arabic and all other scripts stay as they are written.
    """
    signs: list[str] = []
    for place, sign in enumerate(name):
        if sign in _JOINERS:
            if place and place + 1 < len(name) and _carries(name[place - 1]) and _carries(name[place + 1]):
                signs.append(sign)
        elif sign.isspace() or sign in _BLANK_LETTERS:
            signs.append(" ")
        elif _is_visible(sign) or (unicodedata.category(sign)[0] == "M" and signs and signs[-1] != " "):
            signs.append(sign)
    clean = " ".join("".join(signs).split())
    return clean if any(map(str.isalnum, clean)) else ""


def _carries(sign: str) -> bool:
    """Can a joiner stand beside it? Letters, their marks and the parts of an emoji."""
    return unicodedata.category(sign)[0] in "LMS"
