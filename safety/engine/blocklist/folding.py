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
_MOST_SIGNS = 4
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


@lru_cache(maxsize=1 << 16)  # a text of more scripts than anybody writes must not empty it again and again
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
    if len(folded) > _MOST_SIGNS:
        return SYMBOL  # a whole phrase in one sign, as U+FDFA is: a text of them would grow by eighteen times
    return "".join(folded)


def fold(text: str) -> Folded:
    """The text in plain small letters; linear in its length."""
    if text.isascii():
        return Folded(text.lower(), None)
    signs = list(map(fold_sign, text))
    folded = "".join(signs)
    # None gave more than one where none gave nothing and there are as many as before.
    if len(folded) == len(text) and "" not in signs:
        return Folded(folded, None)
    return Folded(folded, tuple([place for place, sign in enumerate(signs) for _ in sign]))
