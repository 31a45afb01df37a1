"""Words of a company, learnt from its transcripts and response lists: product names, places, its own terms.

A word is learnt when several messages hold it and it is not a slip of a much more frequent word: a typo that
agents repeat is still a typo.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from composer.engine.fluency.cursor import OTHER, START, WORD
from composer.engine.fluency.noise import slip_cost
from composer.engine.fluency.store import Store, deletes, key_of

_LIKELY_SLIP = 4.4
_SLIP_FACTOR = 12  # a word this much rarer than a neighbour is a slip of it
_SHORT = 2  # such words are not offered for a slip
_MOST_PAIRS = 60_000
_AROUND = "\"'“”‘’()[]{}.,;:!?…*_~"
_TOKEN = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Learned:
    """What a company's text says about words in small letters.

    `share`: how many of its words are this one. `pairs`: by the key of two words, how often the second follows
    the first. `written`: the usual case. `parts`: for finding words by what is left of a slip.
    """

    share: dict[str, float]
    pairs: dict[int, float]
    written: dict[str, str]
    parts: dict[str, tuple[str, ...]]

    def near(self, word: str) -> Iterator[str]:
        """Learnt words that may be up to two slips away."""
        found = {other for part in deletes(word) for other in self.parts.get(part, ())}
        yield from (other for other in found if abs(len(other) - len(word)) <= 2)


def _pairs(texts: Iterable[str], words: Collection[str]) -> dict[int, float]:
    """Shares of the pairs that occur twice or more; as in the dictionary, what is no word breaks a run."""
    first: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for text in texts:
        before = START
        for match in _TOKEN.finditer(text):
            word = match[0].strip(_AROUND).lower().replace("’", "'")
            word = word if word in words else OTHER
            first[before] += 1
            pairs[before, word] += 1
            before = START if match[0][-1] in ".!?" else word
    return {
        key_of(f"{one} {two}"): number / first[one]
        for (one, two), number in pairs.most_common(_MOST_PAIRS)
        if number > 1 and two != OTHER
    }


def _counts(texts: Iterable[str]) -> tuple[Counter[str], dict[str, Counter[str]]]:
    messages: Counter[str] = Counter()
    written: dict[str, Counter[str]] = {}
    for text in texts:
        seen = set()
        for match in _TOKEN.finditer(text):
            token = match[0].strip(_AROUND)
            if WORD.fullmatch(token):
                word = token.lower().replace("’", "'")
                seen.add(word)
                written.setdefault(word, Counter())[token] += 1
        messages.update(seen)
    return messages, written


def learn(texts: Iterable[str], store: Store, least: int = 3) -> Learned:
    """The words that `least` messages or more hold and the dictionary of the language does not take for sure."""
    texts = tuple(texts)
    messages, written = _counts(texts)
    total = sum(messages.values()) or 1
    new: dict[str, float] = {}
    for word, number in messages.items():
        if number >= least and not _is_slip(word, number, messages, store):
            new[word] = number / total
    parts: dict[str, list[str]] = {}
    for word in new:
        for part in deletes(word) if len(word) > _SHORT else ():
            parts.setdefault(part, []).append(word)
    cases = {word: written[word].most_common(1)[0][0] for word in new}
    return Learned(new, _pairs(texts, new), cases, {part: tuple(words) for part, words in parts.items()})


def _is_slip(word: str, number: int, messages: Counter[str], store: Store) -> bool:
    known = store.word(word)
    if known is not None and store.is_listed(word):
        return False
    return any(
        messages[other] >= _SLIP_FACTOR * number and slip_cost(word, other) <= _LIKELY_SLIP
        for other in store.near(word)
        if other != word
    )
