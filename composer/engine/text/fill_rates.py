"""How often filling a slot from the conversation gives what the agent really said.

"Great, the {name} is happy to accommodate you" repeats what the customer asked for; "Your balance is {number}" tells
something new, and a number said before would be wrong there. Fill rates are counted for each slot context (the words
around the slot) and for each template, and smoothed toward the rate of the kind. A template that is seldom filled
rightly is not offered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from composer.engine.privacy import CustomerCounts
from composer.engine.text.entities import CERTAIN, KIND_OF, SLOT
from composer.engine.text.features import AnalysedTurn
from composer.engine.text.slot_values import SlotContext
from composer.engine.text.templates import Values, slots_of
from composer.engine.text.tokens import fold


@dataclass(frozen=True, slots=True)
class FillRateConfig:
    """Smoothing of fill rates. Strengths are pseudo-counts, in messages."""

    prior_rate: float = 0.4  # of a kind of slot, before anything is counted
    kind_strength: float = 4.0
    slot_strength: float = 4.0
    template_strength: float = 6.0
    min_tries: int = 3  # a slot context filled less often is not saved


@dataclass(slots=True)
class Tally:
    """How often something was tried, and how often it was right."""

    right: float = 0.0
    tried: float = 0.0

    def add(self, right: bool) -> None:
        self.right += right
        self.tried += 1

    def rate(self, prior: float, strength: float) -> float:
        """Return the share that was right, smoothed with `strength` tries at the rate `prior`."""
        return (self.right + strength * prior) / (self.tried + strength)


@dataclass(slots=True)
class FillRates:
    """Tallies by kind, by slot context and by template."""

    config: FillRateConfig = field(default_factory=FillRateConfig)
    kinds: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    slots: defaultdict[SlotContext, Tally] = field(default_factory=lambda: defaultdict(Tally))
    templates: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    customers: CustomerCounts[SlotContext] = field(default_factory=CustomerCounts)

    def add(self, turn: AnalysedTurn, template: str, values: Values, customer: int) -> None:
        """Count one agent message. `template`: its masked text; `values`: what had been said before it."""
        all_right = True
        used: list[str] = []
        spans = turn.spans
        for span, (slot, before, after) in zip(spans, slots_of(template), strict=True):
            kind = KIND_OF[slot]
            if kind in CERTAIN:
                continue
            chosen = values.best(kind, before, after, used)
            used.append(chosen)
            right = fold(chosen) == fold(turn.text[span.start : span.end]).rstrip(".")
            self.kinds[kind].add(right)
            self.slots[kind, before, after].add(right)
            self.customers.add((kind, before, after), customer)
            all_right = all_right and right
        if spans:
            self.templates[turn.folded].add(all_right)

    def slot_rate(self, kind: str, before: str, after: str) -> float:
        """Return the probability that a slot between two words is filled rightly; 1.0 for customer and agent."""
        if kind in CERTAIN:
            return 1.0
        prior = self.config.prior_rate
        general = self.kinds[kind].rate(prior, self.config.kind_strength) if kind in self.kinds else prior
        tally = self.slots.get((kind, before, after))
        return tally.rate(general, self.config.slot_strength) if tally else general

    def template_rate(self, folded: str) -> float:
        """Return the probability that the filled template says what the agent means; 1.0 without slots."""
        prior = 1.0
        if SLOT.search(folded) is None:
            return prior
        for slot, before, after in slots_of(folded):
            prior *= self.slot_rate(KIND_OF[slot], before, after)
        own = self.templates.get(folded)
        return own.rate(prior, self.config.template_strength) if own else prior

    def template_rates(self, folded: Sequence[str]) -> list[float]:
        return [self.template_rate(text) for text in folded]

    def frequent_slots(self) -> Iterable[tuple[SlotContext, float]]:
        """Yield the slot contexts to save with their rates: tried often, in conversations of enough customers."""
        for (kind, before, after), tally in self.slots.items():
            if tally.tried >= self.config.min_tries and self.customers.is_shared((kind, before, after)):
                yield (kind, before, after), self.slot_rate(kind, before, after)
