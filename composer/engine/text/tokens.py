"""Words of a text as the engine compares them."""

from __future__ import annotations

import re

TOKEN = re.compile(r"[\ue000-\ue00b]|[^\W_](?:[^\W_]|['’](?=[^\W_]))*|[^\w\s]", re.UNICODE)
_WORDS = re.compile(r"[\ue000-\ue00b]|[^\W_](?:[^\W_]|['’](?=[^\W_]))*", re.UNICODE)


def fold(text: str) -> str:
    """Text as it is compared: case folded, typographic apostrophes plain, white space collapsed."""
    return " ".join(text.casefold().replace("’", "'").split())


def tokens(text: str) -> list[str]:
    """Words, slots and single punctuation marks of a folded text."""
    return TOKEN.findall(text)


def words(text: str) -> list[str]:
    """Words and slots of a folded text, without punctuation."""
    return _WORDS.findall(text)
