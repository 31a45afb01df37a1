"""SymSpell's look-up over the mapped dictionary: the words that may be up to two slips away.

symspellpy holds its index in dictionaries, which take two seconds and 140 MB in every process. Here its look-up reads
the same index (each word under what is left of its beginning when letters are taken out) from the file that all
processes share. How far a candidate really is, `noise` knows better than an edit distance does: the comparer only
drops the hopeless ones, by which letters differ and how rare the word is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from heapq import nsmallest
from typing import TYPE_CHECKING

from symspellpy import SymSpell, Verbosity
from symspellpy.abstract_distance_comparer import AbstractDistanceComparer
from symspellpy.editdistance import DistanceAlgorithm, EditDistance

if TYPE_CHECKING:
    from composer.engine.fluency.store import Store

# As SymSpell's own defaults; `deletes` and the file are made for them.
PREFIX, SLIPS = 7, 2
_SHORT = 5  # in words below this nearly everything is two slips from everything: there it stays at one
_LONG = 8
_RARE = 12_000
_LETTERS_CHANGED_BY_ONE = 2
_MOST_LETTERS_CHANGED = 4  # by two slips
_TENS_A_LETTER = 0.8
_MOST_NEAR = 48


def deletes(word: str) -> set[str]:
    """The word's beginning and what is left of it when one letter, in longer words two, are taken out.

    Two words with a part in common are a slip or two apart.
    """
    found = {word[:PREFIX]}
    edge = found
    for _ in range(SLIPS if len(word) >= _SHORT else 1):
        edge = {part[:cut] + part[cut + 1 :] for part in edge for cut in range(len(part))}
        found = found | edge
    return found


def letters_of(word: str) -> int:
    """Return the set of letters of the word, as bits."""
    mask = 0
    for letter in word:
        mask |= 1 << (ord(letter) & 31)
    return mask


class _Words:
    """Acts as SymSpell's dictionary of counts: maps a word to its rank from 0, by falling frequency."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __contains__(self, _: str) -> bool:
        return False  # the word as typed is never asked for

    def __getitem__(self, word: str) -> int:
        return self._store.rank(word)


class _Deletes:
    """Acts as SymSpell's index: maps a part of a word to the words that have it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __contains__(self, _: str) -> bool:
        return True

    def __getitem__(self, part: str) -> list[str]:
        return self._store.under(part)


class _Hopeful(AbstractDistanceComparer):  # type: ignore[misc] # symspellpy has no types
    """Return a distance of 0 or more for a possible slip, -1 for none. Unlike SymSpell's own it keeps no state."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def distance(self, string_1: str | None, string_2: str | None, _: int) -> int:
        typed, target = string_1 or "", string_2 or ""
        changed = self._store.letters_changed(letters_of(typed), target)
        if changed <= _LETTERS_CHANGED_BY_ONE:
            return 1
        rare = _RARE if len(typed) < _LONG else math.inf
        return SLIPS if changed <= _MOST_LETTERS_CHANGED and self._store.rank(target) < rare else -1


class Index(SymSpell):  # type: ignore[misc]
    """Immutable; thread-safe."""

    def __init__(self, store: Store) -> None:
        comparer = EditDistance(DistanceAlgorithm.USER_PROVIDED, _Hopeful(store))
        super().__init__(SLIPS, PREFIX, distance_comparer=comparer)
        self._store = store
        self._words = _Words(store)
        self._deletes = _Deletes(store)
        self._max_length = max(map(len, store.targets))

    def near(self, word: str) -> Iterator[str]:
        """The likeliest words of the dictionary that may be up to two slips away, each once.

        The rank and how many letters differ tell roughly how likely a word is; the hopeless ones are left out
        before anything dear is computed.
        """
        found = self.lookup(word, Verbosity.ALL, SLIPS if len(word) >= _SHORT - 1 else 1)
        mask = letters_of(word)
        ranked = (
            (self._store.letters_changed(mask, item.term) * _TENS_A_LETTER + math.log10(item.count + 10), item.term)
            for item in found
        )
        for _, target in nsmallest(_MOST_NEAR, ranked):
            yield target


def company_index(words: Iterable[str]) -> SymSpell:
    """SymSpell as it is, over the few words of a company."""
    index = SymSpell(SLIPS, PREFIX)
    for word in words:
        index.create_dictionary_entry(word, 1)
    return index
