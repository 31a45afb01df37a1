"""How often filling a slot from the conversation gives what the agent really said.

"Great, the {name} is happy to accommodate you" repeats what the customer asked for; "Your balance is {number}"
tells something new, and a number said before would be wrong there. Counted by the words around the slot and by
the whole template; a template seldom filled rightly is not offered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from composer.engine.privacy import CustomerCounts
from composer.engine.text.entities import CERTAIN, KIND_OF, SLOT
from composer.engine.text.features import AnalysedTurn
from composer.engine.text.templates import Values, slots_of
from composer.engine.text.tokens import fold

Place = tuple[str, str, str]

# What is believed of a kind of slot, and of a place, before anything is counted: as strong as so many messages.
KIND_STRENGTH, PLACE_STRENGTH, TEMPLATE_STRENGTH = 4.0, 4.0, 6.0
BEFORE_COUNTING = 0.4


@dataclass(slots=True)
class Tally:
    right: float = 0.0
    tried: float = 0.0

    def add(self, right: bool) -> None:
        self.right += right
        self.tried += 1

    def rate(self, belief: float, strength: float) -> float:
        return (self.right + strength * belief) / (self.tried + strength)


@dataclass(slots=True)
class FillRates:
    """Tallies by kind, by place (kind and the words around) and by template."""

    kinds: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    places: defaultdict[Place, Tally] = field(default_factory=lambda: defaultdict(Tally))
    templates: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    customers: CustomerCounts[Place] = field(default_factory=CustomerCounts)

    def add(self, turn: AnalysedTurn, template: str, values: Values, customer: int) -> None:
        """Count one agent message: `template` is its masked text, `values` what had been said before it."""
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
            self.places[kind, before, after].add(right)
            self.customers.add((kind, before, after), customer)
            all_right = all_right and right
        if spans:
            self.templates[turn.folded].add(all_right)

    def slot(self, kind: str, before: str, after: str) -> float:
        if kind in CERTAIN:
            return 1.0
        general = self.kinds[kind].rate(BEFORE_COUNTING, KIND_STRENGTH) if kind in self.kinds else BEFORE_COUNTING
        place = self.places.get((kind, before, after))
        return place.rate(general, PLACE_STRENGTH) if place else general

    def template(self, folded: str) -> float:
        """The chance that the template, filled, says what the agent means."""
        belief = 1.0
        if SLOT.search(folded) is None:
            return belief
        for slot, before, after in slots_of(folded):
            belief *= self.slot(KIND_OF[slot], before, after)
        own = self.templates.get(folded)
        return own.rate(belief, TEMPLATE_STRENGTH) if own else belief

    def rates(self, folded: Sequence[str]) -> list[float]:
        return [self.template(text) for text in folded]

    def frequent_places(self) -> Iterable[tuple[Place, float]]:
        """Places counted often enough to be written down, in conversations of enough customers."""
        for (kind, before, after), tally in self.places.items():
            if tally.tried >= 3 and self.customers.is_shared((kind, before, after)):
                yield (kind, before, after), self.slot(kind, before, after)
