"""Typed text, as the phrase index sees it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

from composer.engine.index.phrases import BEGIN, CONTEXT_WORDS, PhraseIndex
from composer.engine.serve.phrase_votes import Votes
from composer.engine.serve.settings import CompletionConfig
from composer.engine.store.bags import Floats
from composer.engine.text.entities import EntityRecognizer, masked
from composer.engine.text.templates import Template
from composer.engine.text.tokens import TOKEN


class Head(NamedTuple):
    """The finished words of a typed text.

    `before`: numbers of the last words, the last first. `ranges`: the positions after the last word, the last two, and
    so on. `spaced`: whether a space follows the words. `blank`: whether there are none.
    """

    before: tuple[int, ...]
    ranges: tuple[tuple[int, int], ...]
    spaced: bool
    blank: bool


class TypedText(NamedTuple):
    """A typed text: its finished words, the unfinished word, and the votes for what follows (None for none)."""

    head: Head
    start: str
    part: str
    votes: Votes | None


def divided(query: str) -> tuple[str, str]:
    """Return the finished words of a typed text with the space after them, and the unfinished word."""
    end = len(query)
    start = end
    while start and (query[start - 1].isalnum() or query[start - 1] in "'’"):
        start -= 1
    return query[:start], query[start:]


class Completions:
    """What the completers of all sessions of an engine share.

    `text_of`: returns a text of the index by its number; `counts`: how often each was said, as far as it counts.
    """

    def __init__(
        self,
        index: PhraseIndex,
        recognizer: EntityRecognizer,
        text_of: Callable[[int], str],
        counts: Floats,
        config: CompletionConfig,
    ) -> None:
        self.index, self.recognizer, self.text_of, self.counts = index, recognizer, text_of, counts
        self.config = config
        self.masked = functools.lru_cache(config.cached_heads)(self._masked)
        self.head = functools.lru_cache(config.cached_heads)(self._head)
        self.words_with = functools.lru_cache(config.cached_parts)(index.starting_with)
        self.piece = functools.lru_cache(config.cached_pieces)(self._piece)

    def _head(self, text: str) -> Head:
        back = self.config.letters_back
        latest = text if len(text) <= back else text[text.find(" ", -back) + 1 :]
        tokens = TOKEN.findall(self.masked(latest).casefold().replace("’", "'"))
        before = tuple([self.index.number(word) for word in tokens[: -CONTEXT_WORDS - 1 : -1]])
        if len(before) < CONTEXT_WORDS:
            before += (self.index.number(BEGIN),)
        return Head(before, tuple(self.index.after(before)), not text or text[-1].isspace(), not tokens)

    def _masked(self, text: str) -> str:
        return masked(text, self.recognizer.spans(text))

    def _piece(self, number: int, start: int, end: int | None) -> Template:
        """Return a part of a text, ready to be filled."""
        return Template.of(self.text_of(number)[start:end])
