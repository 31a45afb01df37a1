"""The values of a conversation by what one types to begin them."""

from __future__ import annotations

from composer.engine.text.templates import Values

# A value is looked for at so many of the last words, within so many letters.
WORDS_BACK, LETTERS_BACK = 4, 40
QUOTES = frozenset("'\"(")
# Shorter values are typed sooner than taken; how many letters may have been typed of one.
LEAST_LENGTH, LEAST_TYPED, MOST_TYPED = 4, 2, 24


class ValueCompleter:
    """Finishes a value that is being typed."""

    def __init__(self, values: Values) -> None:
        self._by_start: dict[str, str] = {}
        texts = {value.text for kind, found in values.by_kind.items() if kind != "time" for value in found}
        for text in sorted(texts):
            if len(text) < LEAST_LENGTH:
                continue
            folded = text.casefold()
            for length in range(LEAST_TYPED, min(len(folded) - 1, MOST_TYPED)):
                start = folded[:length]
                self._by_start[start] = "" if start in self._by_start else text

    def completion(self, query: str) -> str:
        """What finishes a value begun at one of the last words, where only one begins so."""
        if not self._by_start:
            return ""
        tail = query[-LETTERS_BACK:]
        folded = tail.casefold()
        if len(folded) != len(tail):
            return ""  # a letter that folds to two, as the sharp s
        start = len(tail)
        for _ in range(WORDS_BACK):
            start = tail.rfind(" ", 0, start)
            first = start + 1
            while tail[first : first + 1] in QUOTES:
                first += 1
            text = self._by_start.get(folded[first:])
            if text and (tail[first].isupper() or tail[first].isdigit()):
                begun = len(tail) - first
                if begun > LEAST_TYPED or text.startswith(tail[first:]):
                    return text[begun:]
            if start < 0:
                break
        return ""
