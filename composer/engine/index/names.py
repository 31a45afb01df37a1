"""Prefix index of the values of a conversation: "Ale" is completed to "Alexandra" where somebody said that name."""

from __future__ import annotations

from dataclasses import dataclass

from composer.engine.text.templates import Values

QUOTES = frozenset("'\"(")


@dataclass(frozen=True, slots=True)
class ValueCompletionConfig:
    """Where a value that is being typed is looked for. Lengths in characters."""

    max_words_back: int = 4
    max_letters_back: int = 40
    min_value_length: int = 4  # a shorter value is typed sooner than taken
    min_typed: int = 2
    max_typed: int = 24


class ValueCompleter:
    """Completes a value of the conversation."""

    def __init__(self, values: Values, config: ValueCompletionConfig | None = None) -> None:
        self.config = config or ValueCompletionConfig()
        # "" for a beginning that several values share.
        self._by_start: dict[str, str] = {}
        texts = {value.text for kind, values_of in values.by_kind.items() if kind != "time" for value in values_of}
        for text in sorted(texts):
            if len(text) < self.config.min_value_length:
                continue
            folded = text.casefold()
            for length in range(self.config.min_typed, min(len(folded) - 1, self.config.max_typed)):
                start = folded[:length]
                self._by_start[start] = "" if start in self._by_start else text

    def completion(self, query: str) -> str:
        """Return the rest of a value that begins at one of the last words; "" for none, or for more than one value."""
        if not self._by_start:
            return ""
        tail = query[-self.config.max_letters_back :]
        folded = tail.casefold()
        if len(folded) != len(tail):
            return ""  # a letter folds to two, as the sharp s does: offsets differ
        start = len(tail)
        for _ in range(self.config.max_words_back):
            start = tail.rfind(" ", 0, start)
            first = start + 1
            while tail[first : first + 1] in QUOTES:
                first += 1
            text = self._by_start.get(folded[first:])
            if text and (tail[first].isupper() or tail[first].isdigit()):
                typed = len(tail) - first
                if typed > self.config.min_typed or text.startswith(tail[first:]):
                    return text[typed:]
            if start < 0:
                break
        return ""
