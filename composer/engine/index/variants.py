"""Entries of the list that differ in their facts only, and which of them fits a conversation.

"It will be sunny on Friday in Boston" may stand in a list for each place and day. All are one response with
slots; of the written-out ones that is offered, as it stands, whose facts were said here most.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from composer.engine.text.entities import EntityRecognizer
from composer.engine.text.tokens import fold

# So much of what an entry says must have been said here already.
LEAST_SHARE = 0.5


class Variant(NamedTuple):
    """An entry that fits, and the chance that it is the right one of those that fit as well."""

    number: int
    chance: float


@dataclass(slots=True)
class Variants:
    """Entries by their slotted text: `groups[leader]` are the numbers of all that read like the leader."""

    groups: dict[int, list[int]] = field(default_factory=dict)
    _leaders: dict[str, int] = field(default_factory=dict)
    _facts: dict[int, int] = field(default_factory=dict)
    _by_fact: defaultdict[int, defaultdict[str, list[int]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )

    def add(self, number: int, slotted: str, facts: Sequence[str]) -> int:
        """Put an entry with facts where it belongs; the number of its leader, its own when it is the first."""
        leader = self._leaders.setdefault(slotted, number)
        self.groups.setdefault(leader, []).append(number)
        self._facts[number] = len(facts)
        for fact in set(facts):
            self._by_fact[leader][fact].append(number)
        return leader

    def fitting(self, leader: int, said: Collection[str], most: int) -> list[Variant]:
        """The entries like the leader of whose facts most were said, if that is enough."""
        found: Counter[int] = Counter()
        by_fact = self._by_fact[leader]
        for fact in said:
            found.update(by_fact.get(fact, ()))
        if not found:
            return []
        top = max(found.values())
        fitting = [n for n, count in found.items() if count == top and count >= LEAST_SHARE * self._facts[n]]
        return [Variant(number, 1.0 / len(fitting)) for number in sorted(fitting)[:most]]


def facts_of(recognizer: EntityRecognizer, text: str) -> list[str]:
    return [fold(text[span.start : span.end]) for span in recognizer.spans(text)]
