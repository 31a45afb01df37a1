"""The words that the filter looks for, in data structures for fast look-ups, and the words it must let pass.

The data files hold one entry a line; `#` starts a comment. data/README.md names their sources.
"""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from better_profanity import Profanity

from safety.engine.blocklist.folding import fold
from safety.engine.blocklist.inflection import forms

# A trie of letters; the key "" holds the entry that ends there.
Trie = dict[str, Any]
_PARTS = re.compile(r"[^\W_]+")
MAX_PHRASE_WORDS = 6


def words_of(entry: str) -> tuple[str, ...]:
    """Return the words of an entry in plain lower-case letters: Jack-Off gives jack, off."""
    return tuple(_PARTS.findall(fold(entry).text))


def make_trie(terms: Mapping[str, str]) -> Trie:
    """Return a trie of the keys. Each end holds the entry that the key is a form of."""
    root: Trie = {}
    for word, entry in terms.items():
        node = root
        for letter in word:
            node = node.setdefault(letter, {})
        node.setdefault("", entry)
    return root


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases that are looked up by their first word, in a time that does not depend on the number of phrases."""

    phrases: frozenset[tuple[str, ...]]
    lengths: Mapping[str, tuple[int, ...]]  # numbers of words, by first word

    @classmethod
    def of(cls, phrases: Iterable[tuple[str, ...]]) -> Phrases:
        unique = frozenset(phrases)
        lengths: dict[str, set[int]] = {}
        for phrase in unique:
            lengths.setdefault(phrase[0], set()).add(len(phrase))
        return cls(unique, {first: tuple(sorted(of_first)) for first, of_first in lengths.items()})

    def at(self, words: Sequence[str], index: int) -> Iterator[int]:
        """Yield the number of words of each phrase that begins at `words[index]`."""
        for length in self.lengths.get(words[index], ()):
            if index + length <= len(words) and tuple(words[index : index + length]) in self.phrases:
                yield length


@dataclass(frozen=True, slots=True)
class Terms:
    """The words and phrases of a list. `words` maps every form to its entry."""

    words: Mapping[str, str]
    phrases: Phrases
    trie: Trie = field(repr=False)

    @classmethod
    def of(cls, entries: Iterable[str], innocent: frozenset[str] = frozenset()) -> Terms:
        """Build the terms. An entry with a space or hyphen becomes a phrase and, without it, a word."""
        words: dict[str, str] = {}
        phrases: list[tuple[str, ...]] = []
        for entry in entries:
            parts = words_of(entry)
            if not parts:
                continue
            if 1 < len(parts) <= MAX_PHRASE_WORDS:
                for last in forms(parts[-1]):
                    phrases.append((*parts[:-1], last))
            joined = "".join(parts)
            if len(parts) == 1 or len(joined) >= 7:
                for form in forms(joined):
                    if form == joined or form not in innocent:
                        words.setdefault(form, entry)
        return cls(words, Phrases.of(phrases), make_trie(words))


def _lines(name: str) -> Iterator[str]:
    path = importlib.resources.files("safety.engine.blocklist") / "data" / name
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = line.partition("#")[0].strip()
        if entry:
            yield entry


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """The built-in lists.

    * `strong`: entries that are also found inside other words and behind asterisks;
    * `outlines`: the forms of `strong` by length and first letter;
    * `innocent`: words that look like a hidden form of an entry but are not one (Scunthorpe, niger);
    * `allowed`: phrases that make an entry in them innocent (blue tit);
    * `names`: entries that are also names;
    * `common`: everyday words, to tell "the|shit" from "mis|hit".
    """

    terms: Terms
    strong: Terms
    outlines: Mapping[tuple[int, str], tuple[str, ...]]
    innocent: frozenset[str]
    allowed: Phrases
    names: frozenset[str]
    common: frozenset[str]


@lru_cache(maxsize=1)
def library() -> Any:
    """Return better-profanity's filter, for its list of words and its table of look-alikes.

    Its own matching is not used: it looks for every word of the list in every form in every text (see docs/text.md).
    """
    return Profanity()


def library_words() -> list[str]:
    """Return the words of better-profanity's list that are worth stopping a message for."""
    screened = set(_lines("screened.txt"))
    return sorted({str(word) for word in library().CENSOR_WORDSET} - screened)


@lru_cache(maxsize=1)
def built_in() -> BuiltIn:
    """Return the built-in lists, read once in each process. benchmarks/text.py measures the time."""
    innocent = frozenset(_lines("innocent.txt"))
    strong = list(_lines("strong.txt"))
    strong_terms = Terms.of(strong, innocent)
    outlines: dict[tuple[int, str], tuple[str, ...]] = {}
    for form in strong_terms.words:
        key = len(form), form[0]
        outlines[key] = (*outlines.get(key, ()), form)
    return BuiltIn(
        terms=Terms.of([*strong, *library_words(), *_lines("blocked.txt")], innocent),
        strong=strong_terms,
        outlines=outlines,
        innocent=innocent,
        allowed=Phrases.of(phrase for line in _lines("allowed.txt") if (phrase := words_of(line))),
        names=frozenset(_lines("names.txt")),
        common=frozenset(_lines("common.txt")),
    )
