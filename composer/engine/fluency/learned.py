"""Words of a company, learnt from its transcripts and response lists: product names, places, its own terms.

A word is learnt when conversations of several customers or several responses hold it and it is not a slip of another.
What is written with a capital in the middle of sentences is a name, and a slip only where the right name is much more
frequent. What is written small and is one slip away from an everyday word is never learnt, however often agents write
it: a typo that is repeated is still a typo. For the rare real word among those there is the company's dictionary.
"""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from symspellpy import Verbosity

from composer.engine.fluency.confusion_models import ConfusionModels, confusions_of
from composer.engine.fluency.cursor import OTHER, START, WORD
from composer.engine.fluency.index import SLIPS, company_index
from composer.engine.fluency.noise import slip_cost
from composer.engine.fluency.ranking import Ranker
from composer.engine.fluency.store import key_of
from composer.engine.privacy import CustomerCounts, CustomerNumbers

MIN_RESPONSES = 2
_LIKELY_SLIP = 4.4
_SLIP_FACTOR = 12  # a name this much rarer than a neighbour is a slip of it
_NAME_SHARE = 0.8  # so often a name is written with a capital inside sentences
_SHORT = 2  # such words are not offered for a slip
_LONGEST_WORD = 32
_MOST_WORDS, _MOST_PAIRS = 20_000, 60_000
_AROUND = "\"'“”‘’()[]{}.,;:!?…*_~"
_TOKEN = re.compile(r"\S+")
# 2: no word and no pair that fewer than three customers' conversations hold.
_VERSION = 2


@dataclass(frozen=True)
class Learned:
    """What a company's text says about words in small letters. Immutable; thread-safe.

    `share`: how many of its words are this one. `pairs`: by the key of two words, how often the second follows
    the first. `written`: the usual case. `new`: those that the dictionary does not offer for a slip by itself.
    `confusions`: models of where it writes your and you're and the like (`confusion_fit.packed`), b"" for none.
    """

    share: dict[str, float] = field(default_factory=dict)
    pairs: dict[int, float] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    new: tuple[str, ...] = ()
    confusions: bytes = b""

    @cached_property
    def models(self) -> ConfusionModels | None:
        """The models of confusions, opened."""
        return ConfusionModels(self.confusions) if self.confusions else None

    @cached_property
    def _index(self) -> Any:
        return company_index(word for word in self.new if len(word) > _SHORT)

    def near(self, word: str) -> Iterator[str]:
        """New words that may be up to two slips away."""
        if self.new:
            yield from (item.term for item in self._index.lookup(word, Verbosity.ALL, SLIPS))

    def save(self, path: Path) -> None:
        """Write the words, to be read by `load`."""
        keys = sorted(self.pairs)
        data = {
            "version": _VERSION,
            "words": {word: [share, self.written[word]] for word, share in sorted(self.share.items())},
            "pair_keys": keys,
            "pairs": [self.pairs[key] for key in keys],
            "new": self.new,
            "confusions": base64.b64encode(self.confusions).decode(),
        }
        path.write_text(json.dumps(data, separators=(",", ":")), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Learned:
        """Ready for use. Raises ValueError for a file that `save` did not write, OSError for none."""
        data = json.loads(path.read_text(encoding="utf-8"))
        try:
            if data["version"] != _VERSION:
                raise ValueError(f"{path}: version {data['version']}")
            words = data["words"].items()
            found = cls(
                {word: float(share) for word, (share, _) in words},
                dict(zip(data["pair_keys"], data["pairs"], strict=True)),
                {word: str(written) for word, (_, written) in words},
                tuple(map(str, data["new"])),
                base64.b64decode(data.get("confusions", "")),  # older files have none
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path}: {error!r}") from error
        # Here, and not when the first slip is typed: some thousand words take tenths of a second.
        for _ in found.near("index"):
            break
        _ = found.models
        return found


class _Counts:
    """What the texts hold, counted as they pass."""

    def __init__(self) -> None:
        self.said: Counter[str] = Counter()
        self.listed: Counter[str] = Counter()
        self.written: dict[str, dict[str, int]] = {}
        self.inside: Counter[str] = Counter()  # inside a sentence
        self.capital: Counter[str] = Counter()  # and with a capital there
        self.first: Counter[str] = Counter()
        self.pairs: Counter[tuple[str, str]] = Counter()
        self.told: CustomerCounts[str] = CustomerCounts()
        self.told_pairs: CustomerCounts[tuple[str, str]] = CustomerCounts()

    def take(self, texts: Iterable[str], into: Counter[str], customer: int | None) -> None:
        """Count what an agent wrote to one customer, or one response, which has no customer."""
        seen: set[str] = set()
        for text in texts:
            before = START
            for match in _TOKEN.finditer(text):
                token = match[0].strip(_AROUND)
                word = OTHER
                if WORD.fullmatch(token) and len(token) <= _LONGEST_WORD:
                    word = token.lower().replace("’", "'")
                    seen.add(word)
                    forms = self.written.get(word)
                    if forms is None:
                        forms = self.written[word] = {}
                    forms[token] = forms.get(token, 0) + 1
                    if before != START:
                        self.inside[word] += 1
                        self.capital[word] += token[0].isupper() or not token.islower()
                self.first[before] += 1
                self.pairs[before, word] += 1
                if customer is None:
                    self.told_pairs.publish((before, word))
                else:
                    self.told_pairs.add((before, word), customer)
                before = START if match[0][-1] in ".!?" else word
        into.update(seen)
        if customer is not None:
            for word in seen:
                self.told.add(word, customer)
        if len(self.pairs) > 20 * _MOST_PAIRS:
            self.pairs = Counter({pair: number for pair, number in self.pairs.items() if number > 1})
            self.told_pairs.keep(self.pairs)

    def is_name(self, word: str) -> bool:
        inside = self.inside[word]
        return inside > 0 and self.capital[word] >= _NAME_SHARE * inside


def learn(conversations: Iterable[tuple[str, Sequence[str]]], listed: Iterable[str], ranker: Ranker) -> Learned:
    """Return the words of conversations and of `listed` responses.

    `conversations`: of each its customer ("" for an unknown one) and what its agents wrote. Memory grows with the
    number of different words, pairs and texts, not with the length of the text.
    """
    # Only a training needs what fits models: a process that corrects words never loads it.
    from composer.engine.fluency.confusion_fit import OwnUses

    counts, language = _Counts(), confusions_of("en")
    uses = OwnUses(language.kinds if language else None)
    customers = CustomerNumbers()
    for name, texts in conversations:
        customer = customers.of(name)
        counts.take(texts, counts.said, customer)
        uses.take(texts, customer)
    for text in listed:
        counts.take((text,), counts.listed, None)
        uses.take((text,), None)
    number = counts.said + counts.listed
    total = number.total() or 1
    new = {
        word: times / total
        for word, times in number.most_common()
        if (counts.told.is_shared(word) or counts.listed[word] >= MIN_RESPONSES)
        and not _is_slip(word, counts, number, ranker)
    }
    new = dict(list(new.items())[:_MOST_WORDS])
    written = {word: max(counts.written[word].items(), key=lambda form: form[1])[0] for word in new}
    unoffered = tuple(word for word in new if not ranker.store.is_target(word))
    return Learned(new, _pairs(counts, new), written, unoffered, uses.packed())


def _pairs(counts: _Counts, words: Collection[str]) -> dict[int, float]:
    """Shares of the pairs of learnt words that enough customers' conversations hold, or a response."""
    known = {START, OTHER, *words}
    found = {
        key_of(f"{one} {two}"): number / counts.first[one]
        for (one, two), number in counts.pairs.most_common()
        if number > 1 and two != OTHER and one in known and two in known and counts.told_pairs.is_shared((one, two))
    }
    return dict(list(found.items())[:_MOST_PAIRS])


def _is_slip(word: str, counts: _Counts, number: Counter[str], ranker: Ranker) -> bool:
    if ranker.is_strong(word) or ranker.has_ending(word):
        return False
    is_name = counts.is_name(word)
    if is_name and ranker.store.is_listed(word):
        return False
    near = [other for other in ranker.index.near(word) if other != word and slip_cost(word, other) <= _LIKELY_SLIP]
    if is_name:
        return any(number[other] >= _SLIP_FACTOR * number[word] for other in near)
    return any(ranker.is_strong(other) for other in near)
