"""Phrase completion: what followed the last typed words in texts that fit the conversation.

The positions of the phrase index after the typed words vote for the next word, each with the weight of its text in
this conversation. A phrase goes on as far as the votes agree well enough (`model.phrase_threshold`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from composer.engine.model.phrase_threshold import PhraseThreshold
from composer.engine.serve.phrase_votes import Steps, Votes, votes_between, votes_of
from composer.engine.serve.typed_text import Completions, Head, TypedText, divided
from composer.engine.store.bags import Floats, Ints
from composer.engine.templates import fill
from composer.engine.text.templates import Template, Values


class _CachedStart(NamedTuple):
    """The votes after one beginning, by the number of words before that count, less one.

    `whole`: None where they were not asked for. `narrowed`: the part of a word that was typed last and the votes that
    it left; a longer part leaves some of them.
    """

    whole: list[Votes | None]
    narrowed: dict[int, tuple[str, Votes]]


class _CachedSteps(NamedTuple):
    """Where a phrase after some votes ends, for one threshold."""

    votes: Votes
    threshold: PhraseThreshold
    steps: Steps | None


class Completer:
    """Completes phrases in one conversation.

    `weights`: of the texts of the phrase index; `inserts`: those that have a value.
    """

    def __init__(self, shared: Completions, weights: Floats, values: Values, inserts: Mapping[str, str]) -> None:
        self._shared, self._index, self._config = shared, shared.index, shared.config
        self._inserts = inserts
        self._weights, self._values = weights, values
        self._local = self._local_positions()
        self._squares = weights * weights / shared.counts
        self._confidence = self._slot_confidence()
        self._weight_at, self._square_at = weights.data, self._squares.data
        self._starts: dict[str, _CachedStart] = {}
        self._steps: dict[int, _CachedSteps] = {}

    def _local_positions(self) -> Ints:
        """Return the positions of the texts with the highest weights."""
        index, limit = self._index, self._config.local_texts
        if not len(self._weights):
            return index.positions[:0]
        texts = np.argpartition(self._weights, max(0, len(self._weights) - limit))[-limit:]
        bounds = zip(index.starts[texts], index.starts[texts + 1], strict=True)
        return np.concatenate([index.positions[start:end] for start, end in bounds])

    def _slot_confidence(self) -> dict[int, float]:
        """Return by the numbers of slots how often the value filled in is right. Nothing follows the end of a text."""
        config = self._config
        confidence = {self._index.end: 0.0}
        for number, kind in self._index.slots.items():
            count = len(self._values.by_kind.get(kind, ()))
            several = config.single_value_confidence if count == 1 else config.many_values_confidence
            confidence[number] = several if count else 0.0
        return confidence

    def is_complete(self, query: str) -> bool:
        """Return whether the last sentence of a long message is finished: nothing is offered then."""
        return len(query) >= self._config.long_message and query.rstrip()[-1:] in (".", "!", "?")

    def saves_enough(self, phrase: str, part: str) -> bool:
        """Return whether a phrase holds a whole word or enough letters. `part`: what is typed of its first word."""
        if len(phrase.strip()) >= self._config.min_letters:
            return True
        rest = phrase.partition(" ")[2] if part and not phrase[:1].isspace() else phrase
        return len(rest.strip()) >= self._config.min_word_letters

    def typed(self, query: str) -> TypedText:
        """Return the typed text with the votes after the longest run of its last words that says enough."""
        start, part = divided(query)
        head = self._shared.head(start)
        cached = self._starts.get(start)
        if cached is None:
            if len(self._starts) >= self._config.cached_starts:
                self._starts.clear()
            cached = self._starts[start] = _CachedStart([None] * len(head.ranges), {})
        low, high = self._shared.words_with(part.casefold()) if part else (0, 0)
        for length in range(len(head.ranges) - 1, -1, -1):
            votes = cached.whole[length]
            if votes is None:
                votes = cached.whole[length] = self._votes(head, length)
            if part:
                before, narrowed = cached.narrowed.get(length, ("", votes))
                votes = (narrowed if part.startswith(before) else votes).starting(low, high)
                cached.narrowed[length] = part, votes
            count = len(votes)
            # One position proves something only after three words or where there is no other.
            if count >= 2 or (count and (length == 0 or length >= 2)):
                return TypedText(head, start, part, votes)
        return TypedText(head, start, part, None)

    def _votes(self, head: Head, length: int) -> Votes:
        """Return the votes after the last `length` + 1 words."""
        start, end = head.ranges[length]
        if end - start <= self._config.max_list_votes:
            return votes_between(self._index, start, end, self._weight_at, self._square_at)
        if end - start > self._config.max_positions:
            positions = self._local_after(head.before, length)
        else:
            positions = np.arange(start, end, dtype=np.int32)
        index = self._index
        texts = index.text[positions]
        return votes_of(
            index,
            positions,
            positions,
            index.next[positions],
            self._weights[texts],
            self._squares[texts],
            self._config.max_list_votes,
        )

    def _local_after(self, before: tuple[int, ...], length: int) -> Ints:
        """Return the positions of the best texts after the last `length` + 1 words."""
        mask = self._index.before[0][self._local] == before[0]
        for column, number in zip(self._index.before[1 : length + 1], before[1:], strict=False):
            mask &= column[self._local] == number
        return np.asarray(self._local[mask], np.int32)

    def phrase(self, typed: TypedText, threshold: PhraseThreshold) -> str:
        """Return the words that are likely enough to follow; "" when none are."""
        votes = typed.votes
        if votes is None:
            return ""
        # One keystroke after another leaves the same votes.
        cached = self._steps.get(id(votes))
        if cached is None or cached.votes is not votes or cached.threshold is not threshold:
            if len(self._steps) >= self._config.cached_starts:
                self._steps.clear()
            steps = self._agreed(votes, threshold, typed.head.blank)
            cached = self._steps[id(votes)] = _CachedSteps(votes, threshold, steps)
        phrase = self._between(typed, *cached.steps) if cached.steps else ""
        return "" if phrase and self._splits_a_word(typed, phrase) else phrase

    def _splits_a_word(self, typed: TypedText, phrase: str) -> bool:
        """Return whether a phrase goes on inside of a word that may be finished, as the "you" of "for you"."""
        if typed.votes is None or not typed.part or not (phrase[0].isalnum() or phrase[0] in "'’"):
            return False
        number = self._index.number(typed.part.casefold())
        return number >= 0 and len(typed.votes.starting(number, number + 1)) > 0

    def _agreed(self, votes: Votes, threshold: PhraseThreshold, blank: bool) -> Steps | None:
        """Return origin and last position of a phrase that is likely enough, None for none."""
        total, squares = votes.totals()
        if total <= 0 or squares <= 0:
            return None
        # The effective number of votes (Kish): one text alone proves little, however heavy.
        effective = total * total / squares
        per_weight = effective / (effective + threshold.smoothing) / total
        least = threshold.min_probability_first if blank else threshold.min_probability
        return votes.agreed(least / per_weight, self._confidence, threshold.length_decay, self._config.max_words)

    def _between(self, typed: TypedText, first: int, last: int) -> str:
        """Return the text from the typed end to a position, filled; "" where that saves too little."""
        index = self._index
        number, start, end = index.text_at[first], index.at_at[first], index.at_at[last]
        if end <= start:
            return ""
        piece = self._shared.piece(number, start, end)
        if typed.part and not piece.text.startswith(typed.part):
            return ""
        phrase = self._joined(piece, number, start, typed)
        return phrase if self.saves_enough(phrase, typed.part) else ""

    def _joined(self, piece: Template, number: int, start: int, typed: TypedText) -> str:
        """Return a filled piece less the letters typed, with a space before it where one is missing."""
        rest = piece.filled(self._values)
        # A list's text may go on with an insert: without a value none of it is offered.
        rest = fill(rest, self._inserts) if rest else None
        if rest is None:
            return ""
        if typed.part:
            return rest[len(typed.part) :].rstrip()
        if typed.head.spaced or not start or not self._shared.text_of(number)[start - 1].isspace():
            return rest.rstrip()
        return " " + rest.rstrip()
