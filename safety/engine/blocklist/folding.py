"""Turns a text into plain lower-case letters, and remembers where in the text each of them comes from.

One sign of the text becomes none, one or several signs: compatibility forms are expanded (ﬁ gives fi), accents and
zero-width signs are dropped, look-alike letters of other scripts become the Latin letter they look like, and every
other sign that is not a letter, digit or ASCII punctuation (an emoji in the middle of a word) becomes "~".
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

SYMBOL = "~"
_MAX_SIGNS_FOR_ONE = 4
_LOOK_ALIKES = dict(
    zip(
        # Cyrillic, then Greek, then Latin letters that have no decomposition.
        "абвгдеёзийклмнопрстуфхцчшщьыэюяіїѕјԁһѵԝӏґєқүұαβγδεζηθικλμνξοπρςστυφχψωøđłħıŧɡɑſßəɪʟɴʀʏᴀʙᴄᴅᴇɢʜᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢꜰꜱʃ",
        "abbrdee3nnklmhonpctyfxu4wwbbeoriisjdhvwlrekyyabydezn0ikluveonpsstuoxwwodlhitgasseilnryabcdeghjkmoptuvwzfss",
        strict=True,
    )
)
# First code point and count of the squared and circled letters without a compatibility form, and of flag letters.
_LETTER_BLOCKS = ((0x1F130, 26), (0x1F150, 26), (0x1F170, 26), (0x1F1E6, 26))


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text. `text[i]` comes from `original[origins[i]]`, or from `original[i]` if `origins` is None."""

    text: str
    origins: tuple[int, ...] | None

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the original text that `text[start:end]` comes from."""
        if self.origins is None:
            return start, end
        return self.origins[start], self.origins[end - 1] + 1


@lru_cache(maxsize=1 << 16)  # room for more scripts than one text has, so that no text flushes the cache
def fold_sign(sign: str) -> str:
    """Return what one sign becomes; "" for invisible signs."""
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
    if len(folded) > _MAX_SIGNS_FOR_ONE:
        return SYMBOL  # U+FDFA is a whole phrase: a text of such signs would become 18 times as long
    return "".join(folded)


def fold(text: str) -> Folded:
    """Return the text in plain lower-case letters, in time linear in its length."""
    if text.isascii():
        return Folded(text.lower(), None)
    signs = list(map(fold_sign, text))
    folded = "".join(signs)
    # The same length and no empty sign: each sign became exactly one.
    if len(folded) == len(text) and "" not in signs:
        return Folded(folded, None)
    return Folded(folded, tuple([index for index, sign in enumerate(signs) for _ in sign]))
