"""All that may be offered: the entries of the list first, then what was learned from conversations."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from composer.engine.index.lexical import LexicalIndex, Query
from composer.engine.index.prefixes import PrefixIndex
from composer.engine.index.variants import Variants, facts_of
from composer.engine.model.model import Model
from composer.engine.store.artefact import TextsBuilder
from composer.engine.store.bags import Floats
from composer.engine.text.entities import SLOT, SLOTS, EntityRecognizer, masked
from composer.engine.text.features import HASHES, hashed
from composer.engine.text.similarity import signature
from composer.engine.text.tokens import fold, words
from composer.engine.types import Entry

Filters = tuple[tuple[str, frozenset[str]], ...]

# Entries beyond this place of the list are found by typing only: their vectors would not fit in memory.
CONTEXT_SCORED = 30_000
_INSERT = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.]*)\}")
_CHUNK = 2048
# Scores below this are those of candidates that must not be offered.
OUT_OF_QUESTION = -1e5
# Moves an entry behind all others without hiding it from typed text.
FOLLOWING = 60.0
# Before the first training the list's own order says what is said often: how much the logarithm of a place counts, for
# typed text and before anything is typed. A list that is kept folder by folder is in no such order.
UNTRAINED_ORDER, UNTRAINED_ORDER_UNPROMPTED = 2.0, 1.0
BY_FOLDER = 0.5
# How much rare words in common count before anything is typed: before the first training, and after it less with each
# message it has learned from, until so many.
OVERLAP, OVERLAP_AFTER, OVERLAP_UNTIL = 12.0, 4.0, 1000
# The share of it that counts for typed text before the first training.
TYPED_OVERLAP = 0.5
# Less than so much is in common by chance, or is too little to outweigh the list's order.
BY_CHANCE, OUTWEIGHED = 0.1, 0.2
# An entry's facts are the company's own when so much of what was said in its form had just these facts.
CONSTANT_SHARE = 0.4
# So often at the least, it is thought, slots are filled rightly.
LEAST_RATE = 0.02
# But what is mostly filled in from the conversation varies, however often it was the same.
CONSTANT_RATE = 0.4


@dataclass(frozen=True, slots=True)
class Weights:
    """How the parts of a score are weighed; all but `listed` and `custom` weigh natural logarithms.

    `popularity`: how often a template was said; `filling`: how surely its slots are
    filled; `votes`: past contexts; `habit`: how much oftener this agent says it than others.
    """

    popularity: float = 0.9
    filling: float = 0.5
    votes: float = 0.5
    habit: float = 0.15
    listed: float = 0.3
    custom: float = 1.0


class StageScores(NamedTuple):
    """What speaks for each candidate, one number each: the sum, the towers' product, past contexts, habits."""

    scores: Floats
    products: Floats
    votes: Floats
    habits: Floats


def slotted(recognizer: EntityRecognizer, text: str) -> str:
    """An entry's text with its facts masked; inserts stay as they are written."""
    taken = [match.span() for match in _INSERT.finditer(text)]
    spans = recognizer.spans(text)
    if taken:
        spans = [span for span in spans if not any(span.start < end and start < span.end for start, end in taken)]
    return masked(text, spans)


def insert_slots(text: str) -> str:
    """Inserts for names as the slots that transcripts have in their place, so that both are found as one."""

    def slot(match: re.Match[str]) -> str:
        name = match[1].casefold()
        return SLOTS["agent" if "rep" in name or "agent" in name else "customer"]

    return _INSERT.sub(slot, text)


def about(entry: Entry) -> str:
    """All that says what an entry is about: rare words are looked for in it."""
    return f"{entry.text} {entry.title} {entry.folder}"


class CandidateIndex:
    """Candidates by number: `entries` below `listed`, learned templates from there on."""

    def __init__(self, model: Model, entries: Iterable[Entry], weights: Weights) -> None:
        self.model, self.weights = model, weights
        self.learned = len(model.templates)
        columns = _Columns(model, model.known)
        for entry in entries:
            columns.add(entry)
        columns.finish()
        self.listed = len(columns.texts)
        self.titles, self.keys = columns.titles.texts(), columns.keys.texts()
        self.texts, self.slotted = columns.texts.texts(), columns.slotted.texts()
        self.filters: list[Filters] = list(columns.filters)
        self.filter_of = np.array(columns.filter_of, np.int32)
        self.has_facts = np.array(columns.has_facts, bool)
        self.same = np.array(columns.same, np.int32)
        self.vectors = columns.vectors
        self.scored = len(self.vectors)
        self.signatures = (
            np.stack(columns.signatures) if columns.signatures else np.zeros((0, model.signatures.shape[1]), np.uint64)
        )
        self.prefixes = PrefixIndex.of(columns.index_texts.texts(), np.array(columns.index_numbers, np.int32))
        self.constant = np.array(columns.constant, bool)
        self.rates = np.concatenate([np.array(columns.rates, np.float32), model.rates])
        self.sures = self._sures()
        self.variants = columns.variants
        self.follows = np.array(columns.follows, np.int64)
        # Is the list's order all that is known of what is said often?
        self.ordered = not model.trained and columns.beside_own < BY_FOLDER * self.listed
        self.popularity = self._popularity()
        self.filling = np.log(np.maximum(self.rates, LEAST_RATE))
        self.prior = self._prior()
        self.sames = self._entries_by_template()
        self.overlap = LexicalIndex([*columns.about.texts(), *model.templates]) if self.overlap_weight else None

    @property
    def overlap_weight(self) -> float:
        """How much rare words in common with the conversation count."""
        if not self.model.trained:
            return OVERLAP
        return OVERLAP_AFTER * max(0.0, 1 - self.model.messages / OVERLAP_UNTIL)

    def _sures(self) -> Floats:
        """How surely the slots of each candidate are filled rightly where likely values were said."""
        found = np.concatenate([self.rates[: self.listed], self.model.sures])
        varies = (self.same >= 0) & ~self.constant
        found[: self.listed][varies] = self.model.sures[self.same[varies]]
        return found

    def _popularity(self) -> Floats:
        counts = np.zeros(self.listed, np.float32)
        has = self.same >= 0
        counts[has] = self.model.counts[self.same[has]]
        return np.concatenate([np.log(counts + 0.5), np.log(np.maximum(self.model.counts, 0.5))])

    def _prior(self) -> Floats:
        """What a candidate is worth in any conversation."""
        weights = self.weights
        has = self.same >= 0
        prior = weights.popularity * self.popularity + weights.filling * self.filling
        prior[: self.listed] += weights.listed
        if self.ordered:
            prior[: self.listed] -= UNTRAINED_ORDER * np.log1p(np.arange(self.listed))
        # AnalysedTurn by the list and learned as well: the list's entry stands for both.
        # A template with facts of its own stays beside the entry that has them.
        both = has & ~(self.constant & self.has_facts)
        prior[self.listed + self.same[both]] = -1e6
        # Like an entry before it but for its facts: offered as its variant only, or when typed.
        prior[self.follows] -= FOLLOWING
        return np.asarray(prior, np.float32)

    def __len__(self) -> int:
        return self.listed + self.learned

    def template(self, number: int) -> str:
        """The text with slots and inserts."""
        if number < self.listed:
            if self.constant[number]:
                return str(self.texts[number])
            return str(self.slotted[number]) or str(self.texts[number])
        return str(self.model.templates[number - self.listed])

    def evidence(self, vector: Floats, agent: str) -> StageScores:
        """What speaks for each candidate after the context that the towers made `vector` of, said by this agent."""
        products, votes, habits = self.products(vector), self.votes(vector), self.habits(agent)
        scores = products + self.prior
        scores += self.weights.votes * votes + self.weights.habit * habits
        return StageScores(scores, products, votes, habits)

    def in_common(self, asked: Query, entry: Entry) -> float:
        """What it is worth how much an entry that is no candidate has in common with the latest messages."""
        if self.overlap is None:
            return 0.0
        return float(self._worth(np.float32(self.overlap.score(asked, about(entry)))))

    def _worth(self, common: Floats | np.float32) -> Floats:
        least = OUTWEIGHED if self.ordered else BY_CHANCE
        return np.asarray(self.overlap_weight * np.maximum(common - least, 0.0), np.float32)

    def common(self, asked: Query) -> Floats | None:
        """What the rare words that each candidate has in common with the latest messages are worth."""
        if self.overlap is None:
            return None
        worth = self._worth(self.overlap.scores(asked))
        found = np.zeros(len(self), np.float32)
        found[: self.scored] = worth[: self.scored]
        found[self.listed :] = worth[self.scored :]
        return found

    @property
    def common_when_typed(self) -> float:
        """How much of that counts for typed text, which says itself what is meant."""
        return 0.0 if self.model.trained else TYPED_OVERLAP

    def unprompted(self, scores: Floats, common: Floats) -> Floats:
        """The scores that count before anything is typed. `common`: what `common` found."""
        found = scores + common * np.float32(1 - self.common_when_typed)
        if self.ordered:
            less = UNTRAINED_ORDER - UNTRAINED_ORDER_UNPROMPTED
            found[: self.listed] += np.float32(less) * np.log1p(np.arange(self.listed, dtype=np.float32))
        return found

    @staticmethod
    def best(scores: Floats, most: int) -> npt.NDArray[np.int64]:
        """The candidates with the highest scores, highest first, without those that are out of the question."""
        cut = max(0, len(scores) - most)
        found = np.argpartition(scores, cut)[cut:] if cut else np.arange(len(scores))
        found = found[scores[found] > OUT_OF_QUESTION]
        return found[np.argsort(-scores[found], kind="stable")]

    def templates_of(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The learned template that each candidate is, below 0 for none."""
        found = numbers - self.listed
        listed = numbers < self.listed
        found[listed] = self.same[numbers[listed]]
        return found

    def products(self, vector: Floats) -> Floats:
        """The towers' product for each candidate; towers that have learned nothing tell nothing."""
        if not self.model.trained:
            return np.zeros(len(self), np.float32)
        found = np.empty(len(self), np.float32)
        np.dot(self.vectors, vector, out=found[: self.scored])
        found[self.scored : self.listed] = 0.0
        np.dot(self.model.vectors[: self.learned], vector, out=found[self.listed :])
        return found

    def fragment_scores(self, vector: Floats) -> Floats:
        """How likely each fragment is to be said after the context that the towers made `vector` of."""
        model = self.model
        return np.asarray(
            model.fragment_vectors @ vector + self.weights.popularity * np.log(np.maximum(model.fragment_counts, 0.5)),
            np.float32,
        )

    def votes(self, vector: Floats) -> Floats:
        """How much past contexts speak for each candidate."""
        if not self.model.trained:
            return np.zeros(len(self), np.float32)
        return self._spread(*self.model.neighbours.votes(vector))

    def habits(self, agent: str) -> Floats:
        """How much oftener than others this agent says each candidate, as a logarithm; 0 for what is not a habit."""
        return self._spread(*self.model.habit_worth(agent))

    def _spread(self, templates: npt.NDArray[np.int32], worth: Floats) -> Floats:
        """What some templates are worth, for every candidate that is one of them. Those without a text are none."""
        told = templates < self.learned
        templates, worth = templates[told], worth[told]
        # The last place stands for entries that no template is like.
        found = np.zeros(self.learned + 1, np.float32)
        found[templates] = worth
        return np.concatenate([found[self.same], found[:-1]])

    def _entries_by_template(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for number, same in enumerate(self.same.tolist()):
            if same >= 0:
                found.setdefault(same, []).append(number)
        return found

    def signatures_of(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
        listed = numbers < self.listed
        found = np.zeros((len(numbers), self.model.signatures.shape[1]), np.uint64)
        inside = listed & (numbers < len(self.signatures))
        found[inside] = self.signatures[numbers[inside]]
        found[~listed] = self.model.signatures[numbers[~listed] - self.listed]
        return found

    def forbidden(self, metadata: Mapping[str, str]) -> npt.NDArray[np.bool_] | None:
        """The entries whose filters do not match; None when all match."""
        refused = np.array([any(metadata.get(k) not in v for k, v in group) for group in self.filters], bool)
        return refused[self.filter_of] if refused.any() else None


class _Columns:
    """The entries' columns while they are gathered."""

    def __init__(self, model: Model, known: Mapping[str, int]) -> None:
        self._model, self._known = model, known
        self.titles, self.keys, self.texts = TextsBuilder(), TextsBuilder(), TextsBuilder()
        # What says what an entry is about, of those whose context is scored.
        self.about = TextsBuilder()
        # Entries beside another one of their folder.
        self.beside_own, self._folder = 0, ""
        # Empty where it is the text itself.
        self.slotted = TextsBuilder()
        self.filters: dict[Filters, int] = {}
        self.filter_of = array("i")
        self.has_facts = array("b")
        self.variants = Variants()
        self.follows: list[int] = []
        self.same = array("i")
        self.rates = array("f")
        self.constant = array("b")
        self.signatures: list[npt.NDArray[np.uint64]] = []
        self.index_texts = TextsBuilder()
        self.index_numbers = array("i")
        self._waiting: list[npt.NDArray[np.int32]] = []
        self._vectors: list[Floats] = []
        self.vectors: Floats = model.vectors[:0]

    def add(self, entry: Entry) -> None:
        number = len(self.texts)
        self.beside_own += entry.folder == self._folder != ""
        self._folder = entry.folder
        text = slotted(self._model.reader.recognizer, entry.text)
        folded = fold(insert_slots(text))
        plain = fold(entry.text)
        self.titles.add(entry.title)
        self.keys.add(entry.key)
        self.texts.add(entry.text)
        self.slotted.add("" if text == entry.text else text)
        self.filter_of.append(self.filters.setdefault(entry.filters, len(self.filters)))
        has_facts = SLOT.search(text) is not None
        self.has_facts.append(has_facts)
        same = self._known.get(folded, -1)
        self.same.append(same)
        constant = self._is_constant(same, plain)
        self.constant.append(constant)
        if has_facts and not constant:
            leader = self.variants.add(number, folded, facts_of(self._model.reader.recognizer, entry.text))
            if leader != number:
                self.follows.append(number)
        self.rates.append(1.0 if constant else self._rate(same, text))
        for key in {folded, plain}:
            self.index_texts.add(key)
            self.index_numbers.append(number)
        if number < CONTEXT_SCORED:
            self.about.add(about(entry))
            self.signatures.append(signature(words(folded)))
            self._waiting.append(self._model.reader.response(folded, None))
            if len(self._waiting) >= _CHUNK:
                self._encode()

    def _is_constant(self, same: int, plain: str) -> bool:
        """Do the entry's facts never vary in the transcripts? Then they are the company's own and stay."""
        model = self._model
        if same < 0 or model.constant_shares[same] < CONSTANT_SHARE or model.rates[same] > CONSTANT_RATE:
            return False
        return bool(model.constant_wordings[same] == hashed(plain, HASHES))

    def _rate(self, same: int, text: str) -> float:
        if SLOT.search(text) is None:
            return 1.0
        return float(self._model.rates[same]) if same >= 0 else self._model.fill_rate(text)

    def _encode(self) -> None:
        self._vectors.append(self._model.response_vectors(self._waiting))
        self._waiting = []

    def finish(self) -> None:
        if self._waiting:
            self._encode()
        if self._vectors:
            self.vectors = np.concatenate(self._vectors)
        if self._model.trained:
            for number, same in enumerate(self.same[: len(self.vectors)]):
                if same >= 0:
                    self.vectors[number] = self._model.vectors[same]
