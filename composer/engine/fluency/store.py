"""The built dictionary of a language: one file, mapped into memory and shared by the processes of a machine.

Look-ups are by the CRC of a word in a sorted column, so that nothing has to be built at start; a word that is
not in the file is taken for one that is in about 1 of 10,000 cases, which only means it is left alone.
Layout: a line of JSON (the sections, their offsets and lengths), then the sections, each at a multiple of 8.
Written by benchmarks/build_fluency.py.
"""

from __future__ import annotations

import json
import mmap
from bisect import bisect_left
from collections.abc import Mapping
from pathlib import Path
from zlib import crc32

# A byte of probability: 0 is one in one, 255 is ten to the -12.75.
STEPS_A_TEN = 20
STRONG, TARGET, PROPER, LISTED = 1, 2, 4, 8


def key_of(text: str) -> int:
    """The key of a word, or of words with a space between."""
    return crc32(text.encode("utf-8", "surrogatepass"))


class Column:
    """A sorted column of keys with a byte for each."""

    def __init__(self, keys: memoryview, values: memoryview) -> None:
        self._keys, self._values = keys, values

    def get(self, key: int) -> int | None:
        """The byte of a key; None for a key that is not there."""
        index = bisect_left(self._keys, key)
        if index < len(self._keys) and self._keys[index] == key:
            return int(self._values[index])
        return None


class Store:
    """An opened file. Immutable; thread-safe."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        head_end = self._map.find(b"\n")
        self._sections: Mapping[str, list[int]] = json.loads(self._map[:head_end])
        self._start = (head_end + 8) // 8 * 8
        self.targets: list[str] = bytes(self._section("targets")).decode().split("\n")
        self._rank = {word: index for index, word in enumerate(self.targets)}
        self._keys = self._section("words").cast("I")
        self._flags = self._section("flags")
        self._general = self._section("general")
        self._chat = self._section("chat")
        self.pairs = self._column("pairs")
        self.triples = self._column("triples")
        self.general_pairs = self._column("general_pairs")
        self._buckets = self._section("buckets").cast("I")
        self._members = self._section("members").cast("H")
        self._letters = self._section("letters").cast("I")
        self._bucket_shift = 32 - (len(self._buckets) - 1).bit_length() + 1

    def _section(self, name: str) -> memoryview:
        offset, length = self._sections[name]
        return memoryview(self._map)[self._start + offset : self._start + offset + length]

    def _column(self, name: str) -> Column:
        return Column(self._section(name + "_keys").cast("I"), self._section(name))

    def _index_of(self, word: str) -> int | None:
        key = key_of(word)
        index = bisect_left(self._keys, key)
        return index if index < len(self._keys) and self._keys[index] == key else None

    def word(self, word: str) -> tuple[int, float, float] | None:
        """Flags and the powers of ten of its share of general text and of chats; None when unknown."""
        index = self._index_of(word)
        if index is None:
            return None
        return self._flags[index], -self._general[index] / STEPS_A_TEN, -self._chat[index] / STEPS_A_TEN

    def rank(self, word: str) -> int:
        """Return the rank of a dictionary word by falling frequency, from 0."""
        return self._rank[word]

    def is_target(self, word: str) -> bool:
        """True for a word that is offered for a slip."""
        return word in self._rank

    def is_listed(self, word: str) -> bool:
        """True for a word of a dictionary or list of names; the others are merely frequent somewhere."""
        index = self._index_of(word)
        return index is not None and bool(self._flags[index] & LISTED)

    def under(self, part: str) -> list[str]:
        """The dictionary words of the index's bucket for this part of a word, and a few strays."""
        bucket = key_of(part) >> self._bucket_shift
        targets = self.targets
        return [targets[member] for member in self._members[self._buckets[bucket] : self._buckets[bucket + 1]]]

    def letters_changed(self, mask: int, target: str) -> int:
        """How many letters only one has of a word with these letters (`letters_of`) and a dictionary word."""
        return (self._letters[self._rank[target]] ^ mask).bit_count()
