"""How a message goes on: what followed the words typed last in texts that fit the conversation.

The positions after the last typed words vote for the next word, each with the weight of its text in this
conversation. A phrase is offered as far as the votes stay nearly of one mind.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from composer.engine.index.phrases import BEGIN, REACH, PhraseIndex
from composer.engine.model.phrase_threshold import PhraseThreshold
from composer.engine.serve.phrase_votes import FEW, Votes, between, made
from composer.engine.templates import fill
from composer.engine.text.entities import EntityRecognizer, masked
from composer.engine.text.templates import Template, Values
from composer.engine.text.tokens import TOKEN

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]

# Past this many positions the scene's own best texts vote alone.
MOST_POSITIONS = 1200
LONGEST_PHRASE = 14
# Of a typed text only the last words are looked up; so many letters hold them, and tell names from first words.
LETTERS_BACK = 56
# Pieces of texts taken apart, beginnings of messages looked at, that are kept: most keystrokes meet them again.
KEPT_PIECES, KEPT_HEADS, KEPT_PARTS = 20_000, 4096, 8192
# Beginnings of which a scene keeps the votes.
KEPT_STARTS = 48
# A phrase saves a whole word or this many letters; no word has fewer letters than the other.
MIN_LETTERS, SHORTEST_WORD = 6, 2
# A message of this many letters that ends with a sentence is nearly complete.
LONG_MESSAGE = 160
# How surely a slot's value is right, alone or one of some.
ALONE, ONE_OF_SOME = 0.8, 0.5


class Head(NamedTuple):
    """The finished words of a typed text: the numbers of the last, last first, and where they stand in the index.

    `spaced`: does a space stand after them? `blank`: are there none?
    """

    before: tuple[int, ...]
    ranges: tuple[tuple[int, int], ...]
    spaced: bool
    blank: bool


class Typed(NamedTuple):
    """Typed text as the index sees it. `start`, `part`: finished words and the unfinished; `votes`: what may follow."""

    head: Head
    start: str
    part: str
    votes: Votes | None


class _Kept(NamedTuple):
    """The votes after one beginning, for each length of the words before, once they were asked for.

    `narrowed`: by that length the part of a word typed last and the votes it left, of which a longer part leaves some.
    """

    whole: list[Votes | None]
    narrowed: dict[int, tuple[str, Votes]]


class _Went(NamedTuple):
    """Where a phrase after some votes ends, for one caution."""

    votes: Votes
    caution: PhraseThreshold
    steps: tuple[int, int] | None


def divided(query: str) -> tuple[str, str]:
    """The finished words of a typed text with the space after them, and the unfinished one."""
    end = len(query)
    start = end
    while start and (query[start - 1].isalnum() or query[start - 1] in "'’"):
        start -= 1
    return query[:start], query[start:]


def is_complete(query: str) -> bool:
    """Has the last sentence of a long message been typed? Nothing is offered then."""
    return len(query) >= LONG_MESSAGE and query.rstrip()[-1:] in (".", "!", "?")


def saves_enough(phrase: str, part: str) -> bool:
    """Does a phrase hold a whole word, or letters enough? `part`: the letters typed of the word it begins in."""
    if len(phrase.strip()) >= MIN_LETTERS:
        return True
    rest = phrase.partition(" ")[2] if part and not phrase[:1].isspace() else phrase
    return len(rest.strip()) >= SHORTEST_WORD


class Completions:
    """What completions know of all scenes of an engine. `text_of`: a text of the index by its number."""

    def __init__(
        self, index: PhraseIndex, recognizer: EntityRecognizer, text_of: Callable[[int], str], counts: Floats
    ) -> None:
        self.index, self.recognizer, self.text_of, self.counts = index, recognizer, text_of, counts
        self.masked = functools.lru_cache(KEPT_HEADS)(self._masked)
        self.head = functools.lru_cache(KEPT_HEADS)(self._head)
        self.words_with = functools.lru_cache(KEPT_PARTS)(index.starting_with)
        self.piece = functools.lru_cache(KEPT_PIECES)(self._piece)

    def _head(self, text: str) -> Head:
        latest = text if len(text) <= LETTERS_BACK else text[text.find(" ", -LETTERS_BACK) + 1 :]
        found = TOKEN.findall(self.masked(latest).casefold().replace("’", "'"))
        before = tuple([self.index.number(word) for word in found[: -REACH - 1 : -1]])
        if len(before) < REACH:
            before += (self.index.number(BEGIN),)
        return Head(before, tuple(self.index.after(before)), not text or text[-1].isspace(), not found)

    def _masked(self, text: str) -> str:
        return masked(text, self.recognizer.spans(text))

    def _piece(self, number: int, start: int, end: int | None) -> Template:
        """Part of a text, ready to be filled."""
        return Template.of(self.text_of(number)[start:end])


class Completer:
    """Completions in one scene.

    `weights`: of the texts of the index; `local`: positions of the best of them; `inserts`: those that have a value.
    """

    def __init__(
        self, completions: Completions, weights: Floats, local: Ints, values: Values, inserts: Mapping[str, str]
    ) -> None:
        self._shared, self._index = completions, completions.index
        self._inserts = inserts
        self._weights, self._local, self._values = weights, local, values
        self._squares = weights * weights / completions.counts
        self._surety = self._sureties()
        self._weight_of, self._square_of = weights.data, self._squares.data
        self._kept: dict[str, _Kept] = {}
        self._went: dict[int, _Went] = {}

    def _sureties(self) -> dict[int, float]:
        """By the numbers of slots: how often the value filled in is the right one. Nothing follows a text's end."""
        found = {self._index.end: 0.0}
        for number, kind in self._index.slots.items():
            count = len(self._values.by_kind.get(kind, ()))
            found[number] = 0.0 if not count else (ALONE if count == 1 else ONE_OF_SOME)
        return found

    def typed(self, query: str) -> Typed:
        """The typed text with the votes after the longest run of typed words that says enough."""
        start, part = divided(query)
        head = self._shared.head(start)
        kept = self._kept.get(start)
        if kept is None:
            if len(self._kept) >= KEPT_STARTS:
                self._kept.clear()
            kept = self._kept[start] = _Kept([None] * len(head.ranges), {})
        low, high = self._shared.words_with(part.casefold()) if part else (0, 0)
        for place in range(len(head.ranges) - 1, -1, -1):
            votes = kept.whole[place]
            if votes is None:
                votes = kept.whole[place] = self._votes(head, place)
            if part:
                before, narrowed = kept.narrowed.get(place, ("", votes))
                votes = (narrowed if part.startswith(before) else votes).starting(low, high)
                kept.narrowed[place] = part, votes
            count = len(votes)
            if count >= 2 or (count and (place == 0 or place >= 2)):
                return Typed(head, start, part, votes)
        return Typed(head, start, part, None)

    def _votes(self, head: Head, place: int) -> Votes:
        start, end = head.ranges[place]
        if end - start <= FEW:
            return between(self._index, start, end, self._weight_of, self._square_of)
        if end - start > MOST_POSITIONS:
            positions = self._best_after(head.before, place)
        else:
            positions = np.arange(start, end, dtype=np.int32)
        index = self._index
        texts = index.text[positions]
        return made(index, positions, positions, index.next[positions], self._weights[texts], self._squares[texts])

    def _best_after(self, before: tuple[int, ...], place: int) -> Ints:
        keep = self._index.before[0][self._local] == before[0]
        for column, number in zip(self._index.before[1 : place + 1], before[1:], strict=False):
            keep &= column[self._local] == number
        return np.asarray(self._local[keep], np.int32)

    def phrase(self, typed: Typed, caution: PhraseThreshold) -> str:
        """The words that are likely enough to follow; "" when none is."""
        votes = typed.votes
        if votes is None:
            return ""
        # At one keystroke after another the same votes are left.
        went = self._went.get(id(votes))
        if went is None or went.votes is not votes or went.caution is not caution:
            if len(self._went) >= KEPT_STARTS:
                self._went.clear()
            went = self._went[id(votes)] = _Went(votes, caution, self._further(votes, caution, typed.head.blank))
        found = self._between(typed, *went.steps) if went.steps else ""
        return "" if found and self._splits_a_word(typed, found) else found

    def _splits_a_word(self, typed: Typed, phrase: str) -> bool:
        """Does a phrase go on within a word that may be whole as it was typed, as the "you" of "for you"?"""
        if typed.votes is None or not typed.part or not (phrase[0].isalnum() or phrase[0] in "'’"):
            return False
        number = self._index.number(typed.part.casefold())
        return number >= 0 and len(typed.votes.starting(number, number + 1)) > 0

    def _further(self, votes: Votes, caution: PhraseThreshold, blank: bool) -> tuple[int, int] | None:
        """Origin and position where a phrase ends that is likely enough."""
        total, squares = votes.totals()
        if total <= 0 or squares <= 0:
            return None
        # So many equal votes would say as much: one text alone proves little.
        worth = total * total / squares
        sure = worth / (worth + caution.doubt) / total
        threshold = caution.first if blank else caution.later
        return votes.agreed(threshold / sure, self._surety, caution.patience, LONGEST_PHRASE)

    def _between(self, typed: Typed, first: int, last: int) -> str:
        """The text from the typed end to a position, filled; "" where that saves too little."""
        index = self._index
        number, start, end = index.text_at[first], index.at_at[first], index.at_at[last]
        if end <= start:
            return ""
        piece = self._shared.piece(number, start, end)
        if typed.part and not piece.text.startswith(typed.part):
            return ""
        found = self._joined(piece, number, start, typed)
        return found if saves_enough(found, typed.part) else ""

    def _joined(self, piece: Template, number: int, start: int, typed: Typed) -> str:
        """A piece of a text filled, minus the letters typed, with a space before where one is missing."""
        rest = piece.filled(self._values)
        # A list's text may go on with an insert: without a value nothing of it is offered.
        rest = fill(rest, self._inserts) if rest else None
        if rest is None:
            return ""
        if typed.part:
            return rest[len(typed.part) :].rstrip()
        if typed.head.spaced or not start or not self._shared.text_of(number)[start - 1].isspace():
            return rest.rstrip()
        return " " + rest.rstrip()
