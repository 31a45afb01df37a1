"""Bring a text to plain small letters, and remember where each of them stood.

One sign of the text becomes none, one or several signs: compatibility forms open up (ﬁ gives fi), accents and
zero-width signs go, look-alike letters of other scripts become the Latin letter they look like, and every sign
that is no letter, digit or ASCII punctuation (an emoji in the middle of a word) becomes "~".
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

SYMBOL = "~"
_LOOK_ALIKES = dict(
    zip(
        # Cyrillic, then Greek, then Latin letters that have no decomposition.
        "абвгдеёзийклмнопрстуфхцчшщьыэюяіїѕјԁһѵԝӏґєқүұαβγδεζηθικλμνξοπρςστυφχψωøđłħıŧɡɑſßəɪʟɴʀʏᴀʙᴄᴅᴇɢʜᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢꜰꜱʃ",
        "abbrdee3nnklmhonpctyfxu4wwbbeoriisjdhvwlrekyyabydezn0ikluveonpsstuoxwwodlhitgasseilnryabcdeghjkmoptuvwzfss",
        strict=True,
    )
)
# Squared and circled letters without a compatibility form, and the letters that make flags.
_LETTER_BLOCKS = ((0x1F130, 26), (0x1F150, 26), (0x1F170, 26), (0x1F1E6, 26))


@dataclass(frozen=True, slots=True)
class Folded:
    """`places[i]` is the index in the original text of the sign that gave `text[i]`; None when both agree."""

    text: str
    places: tuple[int, ...] | None

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]` came from, as a span of the original text."""
        if self.places is None:
            return start, end
        return self.places[start], self.places[end - 1] + 1


@lru_cache(maxsize=8192)
def fold_sign(sign: str) -> str:
    """What one sign becomes; "" for signs that show nothing."""
    if sign.isascii():
        return sign.lower()
    if sign.isspace():
        return " "
    code = ord(sign)
    for first, count in _LETTER_BLOCKS:
        if first <= code < first + count:
            return chr(ord("a") + code - first)
    folded = []
    for part in unicodedata.normalize("NFKD", sign):
        kind = unicodedata.category(part)
        if kind in ("Mn", "Me", "Cf", "Cc", "Co", "Cn", "Cs"):
            continue
        small = part.lower()
        small = _LOOK_ALIKES.get(small, small)
        folded.append(small if small.isalnum() or small.isascii() else SYMBOL)
    return "".join(folded)


def fold(text: str) -> Folded:
    """The text in plain small letters; linear in its length."""
    if text.isascii():
        return Folded(text.lower(), None)
    signs: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        folded = fold_sign(sign)
        signs.append(folded)
        places.extend([place] * len(folded))
    return Folded("".join(signs), tuple(places))
