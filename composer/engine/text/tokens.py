"""Words of a text, folded as the engine compares them."""

from __future__ import annotations

import re

TOKEN = re.compile(r"[\ue000-\ue00b]|[^\W_](?:[^\W_]|['’](?=[^\W_]))*|[^\w\s]", re.UNICODE)
_WORDS = re.compile(r"[\ue000-\ue00b]|[^\W_](?:[^\W_]|['’](?=[^\W_]))*", re.UNICODE)


def fold(text: str) -> str:
    """Return the text case-folded, with plain apostrophes and single spaces."""
    return " ".join(text.casefold().replace("’", "'").split())


def tokens(text: str) -> list[str]:
    """Return words, slots and single punctuation marks of a folded text."""
    return TOKEN.findall(text)


def words(text: str) -> list[str]:
    """Return words and slots of a folded text, without punctuation."""
    return _WORDS.findall(text)
