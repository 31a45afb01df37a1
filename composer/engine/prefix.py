"""The simple engine: ranked prefix matches of the response lists, inserts filled in, filters applied.

Word by word: the typed text must be a prefix of the response, case and extra spaces aside; where fewer than
three fit, responses that hold all typed words follow. The agent's own list comes before the global one, then
the order in which the list was written (its authors put the important ones first).

It stands behind `SuggestionEngine` until the trained engine does, and stays as its yardstick.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from composer.engine.templates import fill
from composer.engine.types import MAX_OFFERS, Entry, Offer, Offers, Scene

# Past this many characters the agent writes a message of their own: offering whole replies only distracts.
LONGEST_QUERY = 60


def fold(text: str) -> str:
    """Text as it is compared: case folded, white space collapsed, the typed end kept."""
    return " ".join(text.casefold().split())


@dataclass(frozen=True, slots=True)
class _Row:
    folded: str
    place: int
    entry: Entry


class ResponseIndex:
    """Immutable prefix and word index of a list."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.rows = [_Row(fold(entry.text), place, entry) for place, entry in enumerate(entries)]
        self._sorted = sorted(self.rows, key=lambda row: row.folded)
        self._keys = [row.folded for row in self._sorted]
        self._by_word: dict[str, list[int]] = {}
        for row in self.rows:
            for word in set(row.folded.split()):
                self._by_word.setdefault(word.strip(".,;:!?'\""), []).append(row.place)

    def starting_with(self, folded: str) -> list[_Row]:
        """Rows that start with the text, in list order."""
        low = bisect.bisect_left(self._keys, folded)
        high = bisect.bisect_left(self._keys, folded + "\U0010ffff")
        return sorted(self._sorted[low:high], key=lambda row: row.place)

    def with_words(self, words: Sequence[str]) -> Iterator[_Row]:
        """Rows that hold all the words, in list order."""
        places = [self._by_word.get(word, ()) for word in words]
        if not places or not all(places):
            return
        rarest, *others = sorted(places, key=len)
        sets = [set(other) for other in others]
        for place in rarest:
            if all(place in found for found in sets):
                yield self.rows[place]


class PrefixEngine:
    """Offers from the lists alone."""

    def __init__(self, global_list: Iterable[Entry]) -> None:
        self._globals = ResponseIndex(global_list)

    def prepare(self, scene: Scene) -> PreparedPrefix:
        return PreparedPrefix(self._globals, scene)


class PreparedPrefix:
    """A scene with the agent's own list indexed."""

    def __init__(self, global_index: ResponseIndex, scene: Scene) -> None:
        self._scene = scene
        self._indexes = (ResponseIndex(scene.customs), global_index)

    def suggest(self, query: str) -> Offers:
        if len(query) > LONGEST_QUERY:
            return Offers()
        folded = fold(query)
        offers: list[Offer] = []
        seen: set[str] = set()
        for row, score in self._candidates(folded):
            if row.folded == folded:
                continue  # the message is complete
            offer = self._offer(row.entry, score)
            if offer is None or offer.text in seen:
                continue
            seen.add(offer.text)
            offers.append(offer)
            if len(offers) == MAX_OFFERS:
                break
        return Offers(tuple(offers))

    def _candidates(self, folded: str) -> Iterator[tuple[_Row, float]]:
        for index in self._indexes:
            rows = index.starting_with(folded) if folded else index.rows
            for row in rows:
                yield row, 2.0
        words = folded.split()
        if len(words) > 1:
            for index in self._indexes:
                for row in index.with_words(words):
                    yield row, 1.0

    def _offer(self, entry: Entry, score: float) -> Offer | None:
        metadata = self._scene.metadata
        if any(metadata.get(name) not in values for name, values in entry.filters):
            return None
        text = fill(entry.text, self._scene.inserts)
        if text is None:
            return None
        return Offer(text, entry.text, entry.title, entry.source, entry.key, score, {"prefix": score})
