"""The simple engine: ranked prefix matches of the response lists, inserts filled in, filters applied.

Word by word: the typed text must be a prefix of the response, case and extra spaces aside; where fewer than
three fit, responses that hold all typed words follow. The agent's own list comes before the global one, then
the order in which the list was written (its authors put the important ones first).

It stands behind `SuggestionEngine` until the trained engine does, and stays as its yardstick.
"""

from __future__ import annotations

import bisect
import functools
import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from composer.engine.templates import fill, insert_names
from composer.engine.types import MAX_OFFERS, Entry, Offer, Offers, SuggestionContext

# Past this many characters the agent writes a message of their own: offering whole replies only distracts.
LONGEST_QUERY = 60
KEPT_PREFIXES = 4096

_PUNCTUATION = ".,;:!?'\""


def fold(text: str) -> str:
    """Text as it is compared: case folded, white space collapsed, the typed end kept."""
    return " ".join(text.casefold().split())


@dataclass(frozen=True, slots=True)
class Row:
    """A response that may be offered. `text` has its inserts filled in; `place` is where it stands in its list."""

    folded: str
    place: int
    text: str
    entry: Entry


def plain_row(place: int, entry: Entry) -> Row:
    return Row(fold(entry.text), place, entry.text, entry)


class ResponseIndex:
    """Immutable prefix and word index of rows."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        # Everybody types the same beginnings, and the short ones fit a thousand rows: sort each range once.
        self.starting_with = functools.lru_cache(KEPT_PREFIXES)(self._starting_with)
        self.with_words = functools.lru_cache(KEPT_PREFIXES)(self._with_words)
        self._sorted = sorted(rows, key=lambda row: row.folded)
        self._keys = [row.folded for row in self._sorted]
        self._by_word: dict[str, list[int]] = {}
        for number, row in enumerate(rows):
            for word in {word.strip(_PUNCTUATION) for word in row.folded.split()}:
                self._by_word.setdefault(word, []).append(number)

    def _starting_with(self, folded: str) -> Sequence[Row]:
        """Rows that start with the text, in list order."""
        if not folded:
            return self.rows
        low = bisect.bisect_left(self._keys, folded)
        high = bisect.bisect_left(self._keys, folded + "\U0010ffff")
        return sorted(self._sorted[low:high], key=lambda row: row.place)

    def _with_words(self, words: tuple[str, ...]) -> Sequence[Row]:
        """Rows that hold all the words, in list order."""
        numbers = [self._by_word.get(word, ()) for word in words]
        if not numbers or not all(numbers):
            return []
        rarest, *others = sorted(numbers, key=len)
        sets = [set(other) for other in others]
        return [self.rows[number] for number in rarest if all(number in found for found in sets)]


class PrefixEngine:
    """Offers from the lists alone."""

    def __init__(self, global_list: Iterable[Entry]) -> None:
        plain: list[Row] = []
        self._templates: list[tuple[int, Entry]] = []
        for place, entry in enumerate(global_list):
            if insert_names(entry.text):
                self._templates.append((place, entry))
            else:
                plain.append(plain_row(place, entry))
        self._plain = ResponseIndex(plain)

    def prepare(self, scene: SuggestionContext) -> PrefixSession:
        templates = ResponseIndex(_filled(self._templates, scene))
        own = ResponseIndex(_filled(enumerate(scene.customs), scene))
        return PrefixSession(scene, [[own], [self._plain, templates]])


def _filled(entries: Iterable[tuple[int, Entry]], scene: SuggestionContext) -> list[Row]:
    """Rows of what can be said in this scene; one whose insert has no value cannot."""
    rows = []
    for place, entry in entries:
        text = fill(entry.text, scene.inserts)
        if text is not None:
            rows.append(Row(fold(text), place, text, entry))
    return rows


class PrefixSession:
    """A scene with the agent's own list and the templates indexed. `lists`: the indexes of each list, best first."""

    def __init__(self, scene: SuggestionContext, lists: Sequence[Sequence[ResponseIndex]]) -> None:
        self._metadata = scene.metadata
        self._lists = lists

    def suggest(self, query: str) -> Offers:
        if len(query) > LONGEST_QUERY:
            return Offers()
        folded = fold(query)
        offers: list[Offer] = []
        seen = {folded}  # what is typed already, and each text once
        for row, score in self._candidates(folded):
            if row.folded in seen or any(self._metadata.get(name) not in values for name, values in row.entry.filters):
                continue
            seen.add(row.folded)
            entry = row.entry
            offers.append(Offer(row.text, entry.text, entry.title, entry.source, entry.key, score, {"prefix": score}))
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
    return heapq.merge(*rows, key=lambda row: row.place)
