"""The corpus: conversations, read once in order and kept as numbers. Encoders and candidates are made from it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from composer.engine.privacy import CustomerCounts, CustomerNumbers
from composer.engine.store.bags import Bags, BagsBuilder, Floats
from composer.engine.text.entities import KIND_OF, masked
from composer.engine.text.features import WORDING_HASHES, AnalysedTurn, FeatureExtractor, circumstances, hashed
from composer.engine.text.fill_rates import FillRates
from composer.engine.text.slot_values import SlotValueStats
from composer.engine.text.templates import Template, Values, slots_of
from composer.engine.text.tokens import fold
from composer.engine.train.config import CorpusConfig
from composer.engine.types import Turn

_SENTENCE_MARKS = re.compile(r"[.,!?;:…]+(?=\s|$)")
_MIN_MESSAGE_LETTERS = 2


@dataclass(frozen=True, slots=True)
class Conversation:
    """A past conversation, redacted. Names are first names, "" where unknown.

    `customer`: identifies the customer, "" where nobody knows whose conversation it is.
    """

    turns: Sequence[Turn]
    customer: str = ""
    agent: str = ""
    queue: str = ""
    customer_name: str = ""
    agent_name: str = ""


# Yields the same conversations in the same order at each call; may stream.
Source = Callable[[], Iterable[Conversation]]
# Called with the stage, the steps done and the steps in all (0 where unknown).
Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class Corpus:
    """Agent messages with their contexts, and counts of all that depends on single messages.

    Agent message i answers with template `answers[i]`; its context is rows `FIELDS * i` and following of `contexts`.
    `surfaces`: how often each masked text of a template was written so. `names`: features of the names in each message.
    `feedback`: what offers that were taken add to the count of their template; those passed over take from it.
    `verbatim`: for templates with slots, how often each wording was said with the same entities; hashes, not texts.
    `told`: pairs of a template and a customer who was sent it. `customers`: which templates enough customers were sent,
    by their text `without_marks`. `fill_rates`: how often slots are filled rightly; `likely_fill_rates`: the same of
    those with likely values. `validation_step`: one conversation in this many validates, 0 for none.
    """

    extractor: FeatureExtractor
    config: CorpusConfig = field(default_factory=CorpusConfig)
    validation_step: int = 0
    templates: dict[str, int] = field(default_factory=dict)
    surfaces: list[Counter[str]] = field(default_factory=list)
    contexts: BagsBuilder = field(default_factory=BagsBuilder)
    answers: list[int] = field(default_factory=list)
    names: BagsBuilder = field(default_factory=BagsBuilder)
    fill_rates: FillRates = field(default_factory=FillRates)
    likely_fill_rates: FillRates = field(default_factory=FillRates)
    slot_values: SlotValueStats = field(default_factory=SlotValueStats)
    verbatim: dict[int, Counter[int]] = field(default_factory=dict)
    agent_counts: Counter[tuple[str, int]] = field(default_factory=Counter)
    feedback: Counter[int] = field(default_factory=Counter)
    numbers: CustomerNumbers = field(default_factory=CustomerNumbers)
    customers: CustomerCounts[str] = field(default_factory=CustomerCounts)
    told: set[tuple[int, int]] = field(default_factory=set)

    def shared(self) -> npt.NDArray[np.bool_]:
        """Return which templates enough customers were sent: only these are offered, only their texts are saved."""
        forms = map(without_marks, self.templates)
        return np.fromiter(map(self.customers.is_shared, forms), bool, len(self.templates))

    def publish(self, list_texts: Iterable[str]) -> None:
        """Add masked, folded texts of the company's list, which need no number of customers."""
        for folded in list_texts:
            self.customers.publish(without_marks(folded))

    def bags(self) -> Bags:
        """Return the contexts, FIELDS rows for each agent message."""
        return self.contexts.bags()

    def counts(self) -> Floats:
        """Return how often each template was said, with the feedback to its offers."""
        counts = np.zeros(len(self.templates), np.float32)
        np.add.at(counts, self.answers, 1.0)
        for template, weight in self.feedback.items():
            counts[template] = max(counts[template] + weight, self.config.min_count_share * counts[template])
        return counts

    def _template_features(self, counts: Floats) -> list[npt.NDArray[np.int32]]:
        """Return the features of each template; one that was said twice has a row of its own."""
        return [
            self.extractor.response_features(folded, template if counts[template] > 1 else None)
            for folded, template in self.templates.items()
        ]

    def template_bags(self, counts: Floats) -> Bags:
        """Return the features of each template."""
        return Bags.of(self._template_features(counts))

    def answer_features(self, counts: Floats) -> Bags:
        """Return the features of each agent message as it was written, some with names and some without."""
        own = self._template_features(counts)
        random = np.random.default_rng(self.config.dropout_seed).random(len(self.answers))
        dropped = random < self.config.name_dropout
        rows = BagsBuilder()
        for message, (answer, drop) in enumerate(zip(self.answers, dropped.tolist(), strict=True)):
            names = self.names[message]
            rows.add(own[answer] if drop or not len(names) else np.concatenate([own[answer], names]))
        return rows.bags()

    def add_feedback(self, text: str, weight: float) -> None:
        """Count an offer beside the messages. `weight`: above 0 for one that was taken, below for one passed over."""
        recognizer = self.extractor.recognizer
        template = self.templates.get(fold(masked(text, recognizer.spans(text))))
        if template is not None:
            self.feedback[template] += weight  # type: ignore[assignment] # weights are fractions

    def add(self, conversation: Conversation) -> None:
        """Add the agent messages of a conversation."""
        extra = circumstances(conversation.queue, conversation.agent)
        customer = self.numbers.of(conversation.customer)
        names = conversation.customer_name, conversation.agent_name
        limit = self.config.max_text_length
        turns = [self.extractor.analyse(turn.role, turn.text[:limit], *names) for turn in conversation.turns]
        for position, turn in enumerate(turns):
            if turn.role != "agent" or len(turn.text) < _MIN_MESSAGE_LETTERS:
                continue
            template, surface = self._add_template(turn, customer)
            if turn.spans:
                self.verbatim.setdefault(template, Counter())[hashed(fold(turn.text), WORDING_HASHES)] += 1
                values = Values.of(turns[:position], *names, self.slot_values)
                self.fill_rates.add(turn, surface, values, customer)
                if Template.of(surface).slot_confidence(values) > self.config.min_slot_confidence:
                    self.likely_fill_rates.add(turn, surface, values, customer)
            for row in self.extractor.context_features(turns[:position], extra):
                self.contexts.add(row)
            self.answers.append(template)
            self.names.add(self.extractor.name_features(turn.text, turn.spans))
            self.agent_counts[conversation.agent, template] += 1
        # Last: what a conversation says must not help to guess what it says.
        self._count_slot_values(turns, customer)

    def _add_template(self, turn: AnalysedTurn, customer: int) -> tuple[int, str]:
        """Count the template of a message. Return its number, and the masked text as it was written."""
        template = self.templates.setdefault(turn.folded, len(self.templates))
        if template == len(self.surfaces):
            self.surfaces.append(Counter())
        surface = masked(turn.text, list(turn.spans))
        self.surfaces[template][surface] += 1
        form = without_marks(turn.folded)
        if not self.customers.is_shared(form):
            self.customers.add(form, customer)
            self.told.add((template, customer))
        return template, surface

    def _count_slot_values(self, turns: Sequence[AnalysedTurn], customer: int) -> None:
        for turn in turns:
            if turn.role == "agent":
                slots = slots_of(masked(turn.text, list(turn.spans)))
                for span, (slot, before, after) in zip(turn.spans, slots, strict=True):
                    value = turn.text[span.start : span.end]
                    self.slot_values.add((KIND_OF[slot], before, after), value, customer)


def without_marks(folded: str) -> str:
    """Return a masked text as it is compared for privacy: a comma says nothing of a customer."""
    return _SENTENCE_MARKS.sub("", folded)


def validation_step_for(messages: int, config: CorpusConfig | None = None) -> int:
    """Return in how many conversations one validates, of conversations with this many agent messages; 0 for none."""
    config = config or CorpusConfig()
    step = max(config.min_validation_step, messages // config.max_validation_messages)
    return step if messages // step >= config.min_validation_messages else 0


def is_validation(number: int, step: int) -> bool:
    """Return whether the conversation of this number, from 0, validates."""
    return step > 0 and number % step == step - 1
