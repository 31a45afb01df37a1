"""The simple engine: ranked prefix matches of the response lists, inserts filled in, filters applied.

The typed text must be a prefix of the response, case and extra spaces aside; where fewer than three match, responses
that hold all typed words follow. The agent's own list comes before the global one; inside of a list its own order
counts (authors put the important responses first).

It serves until a company has a trained model, and is the baseline that a trained model is compared with.
"""

from __future__ import annotations

import bisect
import functools
import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from composer.engine.templates import fill, insert_names
from composer.engine.types import MAX_OFFERS, Entry, Offer, Offers, SuggestionContext

# Past this many characters the agent writes a message of their own, and whole replies only distract.
MAX_QUERY_LENGTH = 60
_CACHED_PREFIXES = 4096

_PUNCTUATION = ".,;:!?'\""


def fold(text: str) -> str:
    """Return the text case-folded, with single spaces."""
    return " ".join(text.casefold().split())


@dataclass(frozen=True, slots=True)
class Row:
    """A response that may be offered. `text` has its inserts filled in; `position`: its index in its list."""

    folded: str
    position: int
    text: str
    entry: Entry


def plain_row(position: int, entry: Entry) -> Row:
    """Return the row of a response without inserts."""
    return Row(fold(entry.text), position, entry.text, entry)


class ResponseIndex:
    """Immutable prefix and word index of rows."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        # All agents type the same beginnings, and short ones match thousands of rows: each range is sorted once.
        self.starting_with = functools.lru_cache(_CACHED_PREFIXES)(self._starting_with)
        self.with_words = functools.lru_cache(_CACHED_PREFIXES)(self._with_words)
        self._sorted = sorted(rows, key=lambda row: row.folded)
        self._keys = [row.folded for row in self._sorted]
        self._by_word: dict[str, list[int]] = {}
        for number, row in enumerate(rows):
            for word in {word.strip(_PUNCTUATION) for word in row.folded.split()}:
                self._by_word.setdefault(word, []).append(number)

    def _starting_with(self, folded: str) -> Sequence[Row]:
        """Return the rows that start with the text, in list order."""
        if not folded:
            return self.rows
        low = bisect.bisect_left(self._keys, folded)
        high = bisect.bisect_left(self._keys, folded + "\U0010ffff")
        return sorted(self._sorted[low:high], key=lambda row: row.position)

    def _with_words(self, words: tuple[str, ...]) -> Sequence[Row]:
        """Return the rows that hold all the words, in list order."""
        numbers = [self._by_word.get(word, ()) for word in words]
        if not numbers or not all(numbers):
            return []
        rarest, *others = sorted(numbers, key=len)
        sets = [set(other) for other in others]
        return [self.rows[number] for number in rarest if all(number in rows for rows in sets)]


class PrefixEngine:
    """Offers responses of the lists. Needs no training."""

    def __init__(self, global_list: Iterable[Entry]) -> None:
        plain: list[Row] = []
        self._templates: list[tuple[int, Entry]] = []
        for position, entry in enumerate(global_list):
            if insert_names(entry.text):
                self._templates.append((position, entry))
            else:
                plain.append(plain_row(position, entry))
        self._plain = ResponseIndex(plain)

    def prepare(self, context: SuggestionContext) -> PrefixSession:
        templates = ResponseIndex(_filled(self._templates, context))
        own = ResponseIndex(_filled(enumerate(context.customs), context))
        return PrefixSession(context, [[own], [self._plain, templates]])


def _filled(entries: Iterable[tuple[int, Entry]], context: SuggestionContext) -> list[Row]:
    """Return the rows of the entries whose inserts all have a value in this context."""
    rows = []
    for position, entry in entries:
        text = fill(entry.text, context.inserts)
        if text is not None:
            rows.append(Row(fold(text), position, text, entry))
    return rows


class PrefixSession:
    """A context with the agent's own list and the templates indexed. `lists`: the indexes of each list, best first."""

    def __init__(self, context: SuggestionContext, lists: Sequence[Sequence[ResponseIndex]]) -> None:
        self._metadata = context.metadata
        self._lists = lists

    def suggest(self, query: str) -> Offers:
        if len(query) > MAX_QUERY_LENGTH:
            return Offers()
        folded = fold(query)
        offers: list[Offer] = []
        seen = {folded}  # what is typed already is no offer, and each text is offered once
        for row, score in self._candidates(folded):
            if row.folded in seen or any(self._metadata.get(name) not in values for name, values in row.entry.filters):
                continue
            seen.add(row.folded)
            entry = row.entry
            offers.append(Offer(row.text, entry.text, entry.title, entry.source, entry.key, score))
            if len(offers) == MAX_OFFERS:
                break
        return Offers(tuple(offers))

    def _candidates(self, folded: str) -> Iterator[tuple[Row, float]]:
        for indexes in self._lists:
            for row in _in_order(index.starting_with(folded) for index in indexes):
                yield row, 2.0
        words = tuple(word.strip(_PUNCTUATION) for word in folded.split())
        if len(words) > 1:
            for indexes in self._lists:
                for row in _in_order(index.with_words(words) for index in indexes):
                    yield row, 1.0


def _in_order(rows: Iterable[Sequence[Row]]) -> Iterator[Row]:
    return heapq.merge(*rows, key=lambda row: row.position)
