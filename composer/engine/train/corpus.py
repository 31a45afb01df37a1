"""Conversations and lists, read once in order and kept as numbers: what the towers and the pool are made from."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from composer.engine.privacy import CustomerCounts, CustomerNumbers
from composer.engine.store.bags import Bags, BagsBuilder
from composer.engine.text.entities import KIND_OF, KINDS, SLOTS, EntityRecognizer, masked
from composer.engine.text.features import HASHES, AnalysedTurn, FeatureExtractor, circumstances, hashed
from composer.engine.text.fill_rates import FillRates
from composer.engine.text.slot_values import SlotValueStats
from composer.engine.text.templates import Template, Values, slots_of
from composer.engine.text.tokens import fold, words
from composer.engine.text.vocabulary import CapitalCounts
from composer.engine.types import Entry, Turn

_SENTENCE_MARKS = re.compile(r"[.,!?;:…]+(?=\s|$)")
# A word of one message teaches nothing about others.
SEEN_AT_LEAST = 2
LARGEST_VOCABULARY = 60_000
LONGEST_TEXT = 1000
NAMES_DROPPED = 0.3
# A filled text that is less sure to be right is a rare one.
LIKELY_WRONG = 0.1
# However often it was passed over, so much remains of how often a response was said.
LEAST_LEFT = 0.5
# Kept back is one conversation in so many at the most, about so many agent messages, and none below the least.
LEAST_STEP, MOST_KEPT, LEAST_KEPT = 20, 2000, 200


@dataclass(frozen=True, slots=True)
class Conversation:
    """A past conversation, redacted. ValueCompleter are first names, "" where unknown.

    `customer`: what tells customers apart, "" where nobody knows whose conversation it is.
    """

    turns: Sequence[Turn]
    customer: str = ""
    agent: str = ""
    queue: str = ""
    customer_name: str = ""
    agent_name: str = ""


Source = Callable[[], Iterable[Conversation]]
Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class Corpus:
    """`answers[i]`: the template of agent message i, whose context is rows i of `contexts`.

    `taken`: what offers that were taken add to the count of their template, and those passed over take from it.
    `verbatim`: of templates with slots, how often each wording was said with the same facts; hashes, not texts.
    `told`: which customers were told each template; `customers`: which templates enough of them were told, by what
    `without_marks` makes of these.
    `rates`: how often slots are filled rightly; `sures`: the same of those with likely values only.
    `step`: one conversation in so many was kept back, 0 for none.
    """

    reader: FeatureExtractor
    templates: dict[str, int] = field(default_factory=dict)
    surfaces: list[Counter[str]] = field(default_factory=list)
    contexts: BagsBuilder = field(default_factory=BagsBuilder)
    answers: list[int] = field(default_factory=list)
    names: BagsBuilder = field(default_factory=BagsBuilder)
    rates: FillRates = field(default_factory=FillRates)
    sures: FillRates = field(default_factory=FillRates)
    usual: SlotValueStats = field(default_factory=SlotValueStats)
    verbatim: dict[int, Counter[int]] = field(default_factory=dict)
    habits: Counter[tuple[str, int]] = field(default_factory=Counter)
    step: int = 0
    taken: Counter[int] = field(default_factory=Counter)
    numbers: CustomerNumbers = field(default_factory=CustomerNumbers)
    customers: CustomerCounts[str] = field(default_factory=CustomerCounts)
    told: set[tuple[int, int]] = field(default_factory=set)

    def shared(self) -> npt.NDArray[np.bool_]:
        """The templates that enough customers were told: only these are offered, and only their texts are saved."""
        forms = map(without_marks, self.templates)
        return np.fromiter(map(self.customers.is_shared, forms), bool, len(self.templates))

    def publish(self, listed: Iterable[str]) -> None:
        """Masked texts of the company's list, folded: the company itself offers them to everybody."""
        for folded in listed:
            self.customers.publish(without_marks(folded))

    def bags(self) -> Bags:
        return self.contexts.bags()

    def counts(self) -> npt.NDArray[np.float32]:
        found = np.zeros(len(self.templates), np.float32)
        np.add.at(found, self.answers, 1.0)
        for template, weight in self.taken.items():
            found[template] = max(found[template] + weight, LEAST_LEFT * found[template])
        return found

    def _features(self, counts: npt.NDArray[np.float32]) -> list[npt.NDArray[np.int32]]:
        """Of each template; only one that was said twice has a row of its own."""
        return [
            self.reader.response(folded, template if counts[template] > 1 else None)
            for folded, template in self.templates.items()
        ]

    def known(self, counts: npt.NDArray[np.float32]) -> Bags:
        """Features of each template."""
        return Bags.of(self._features(counts))

    def said(self, counts: npt.NDArray[np.float32]) -> Bags:
        """Features of each answer as it was said: names too, left out now and then, for what is offered has none."""
        own = self._features(counts)
        dropped = np.random.default_rng(5).random(len(self.answers)) < NAMES_DROPPED
        rows = BagsBuilder()
        for place, (answer, drop) in enumerate(zip(self.answers, dropped.tolist(), strict=True)):
            names = self.names[place]
            rows.add(own[answer] if drop or not len(names) else np.concatenate([own[answer], names]))
        return rows.bags()

    def take(self, text: str, weight: float) -> None:
        """An offer that was taken counts beside the messages; one that was passed over has a weight below 0."""
        template = self.templates.get(fold(masked_entry(self.reader.recognizer, text)))
        if template is not None:
            self.taken[template] += weight  # type: ignore[assignment] # weights are fractions

    def add(self, conversation: Conversation) -> None:
        reader = self.reader
        facts = circumstances(conversation.queue, conversation.agent)
        customer = self.numbers.of(conversation.customer)
        turns = [
            reader.said(turn.role, turn.text[:LONGEST_TEXT], conversation.customer_name, conversation.agent_name)
            for turn in conversation.turns
        ]
        for place, turn in enumerate(turns):
            if turn.role != "agent" or len(turn.text) < 2:
                continue
            template = self.templates.setdefault(turn.folded, len(self.templates))
            if template == len(self.surfaces):
                self.surfaces.append(Counter())
            surface = masked(turn.text, list(turn.spans))
            self.surfaces[template][surface] += 1
            form = without_marks(turn.folded)
            if not self.customers.is_shared(form):
                self.customers.add(form, customer)
                self.told.add((template, customer))
            if turn.spans:
                self.verbatim.setdefault(template, Counter())[hashed(fold(turn.text), HASHES)] += 1
                names = conversation.customer_name, conversation.agent_name
                values = Values.of(turns[:place], *names, self.usual)
                self.rates.add(turn, surface, values, customer)
                if Template.of(surface).sureness(values) > LIKELY_WRONG:
                    self.sures.add(turn, surface, values, customer)
            for row in reader.context(turns[:place], facts):
                self.contexts.add(row)
            self.answers.append(template)
            self.names.add(reader.names_in(turn.text, turn.spans))
            self.habits[conversation.agent, template] += 1
        # Afterwards: what a conversation says must not help to guess what it says.
        self._count_values(turns, customer)

    def _count_values(self, turns: Sequence[AnalysedTurn], customer: int) -> None:
        for turn in turns:
            if turn.role == "agent":
                for span, (slot, before, after) in zip(
                    turn.spans, slots_of(masked(turn.text, list(turn.spans))), strict=True
                ):
                    self.usual.add((KIND_OF[slot], before, after), turn.text[span.start : span.end], customer)


def without_marks(folded: str) -> str:
    """A masked text as it is compared for privacy: a comma tells nothing of a customer."""
    return _SENTENCE_MARKS.sub("", folded)


def validation_step_for(messages: int) -> int:
    """Of conversations with so many agent messages, one in how many is kept back to measure by; 0 for none."""
    step = max(LEAST_STEP, messages // MOST_KEPT)
    return step if messages // step >= LEAST_KEPT else 0


def is_validation(number: int, step: int) -> bool:
    """Is the conversation of this number, from 0, kept back?"""
    return step > 0 and number % step == step - 1


def learn_reader(source: Source, responses: Sequence[Entry], progress: Progress) -> tuple[FeatureExtractor, int]:
    """First reading: how words are written and which are seen often enough to get a number; and the agent messages.

    No set is read in its own order, which is another one in each process: the same conversations give the same model.
    """
    messages = 0
    capitals = CapitalCounts()
    seen: Counter[str] = Counter()
    numbers = CustomerNumbers()
    customers: CustomerCounts[str] = CustomerCounts()
    for number, conversation in enumerate(source()):
        customer = numbers.of(conversation.customer)
        for turn in conversation.turns:
            capitals.add(turn.text, customer)
            found = list(dict.fromkeys(words(fold(turn.text))))
            seen.update(found)
            for word in found:
                customers.add(word, customer)
            messages += turn.role == "agent"
        if number % 500 == 0:
            progress("words", number, 0)
    for entry in responses:
        capitals.add(entry.text, None)
        found = list(dict.fromkeys(words(fold(entry.text))))
        seen.update(found)
        for word in found:
            customers.publish(word)
    often = (word for word, count in seen.most_common() if count >= SEEN_AT_LEAST and customers.is_shared(word))
    kept = list(itertools.islice(often, LARGEST_VOCABULARY))
    kept += [slot for kind in KINDS if (slot := SLOTS[kind]) not in seen]
    return FeatureExtractor(capitals.recognizer(), {word: number for number, word in enumerate(kept)}), messages


def masked_entry(recognizer: EntityRecognizer, text: str) -> str:
    return masked(text, recognizer.spans(text))


def read(source: Source, responses: Sequence[Entry], progress: Progress) -> Corpus:
    """Both readings of all conversations, but for those kept back."""
    reader, messages = learn_reader(source, responses, progress)
    corpus = Corpus(reader, step=validation_step_for(messages))
    for number, conversation in enumerate(source()):
        if not is_validation(number, corpus.step):
            corpus.add(conversation)
        if number % 500 == 0:
            progress("messages", len(corpus.answers), 0)
    return corpus
