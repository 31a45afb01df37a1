"""Variants: entries of the list that differ in their entities only, and which of them fits a conversation.

"It will be sunny on Friday in Boston" may stand in a list once for each city and day. All of them are one response
with slots; the one whose entities were said most in the conversation is offered as it is written.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from composer.engine.text.entities import EntityRecognizer
from composer.engine.text.tokens import fold


class Variant(NamedTuple):
    """A fitting entry, and the probability that it is the right one of those that fit as well."""

    number: int
    probability: float


@dataclass(slots=True)
class Variants:
    """Entries by their masked text. `groups[leader]`: the numbers of all entries that read like the leader.

    `min_share`: the share of an entry's entities (0 to 1) that must have been said.
    """

    min_share: float = 0.5
    groups: dict[int, list[int]] = field(default_factory=dict)
    _leaders: dict[str, int] = field(default_factory=dict)
    _entity_counts: dict[int, int] = field(default_factory=dict)
    _by_entity: defaultdict[int, defaultdict[str, list[int]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )

    def add(self, number: int, masked: str, entities: Sequence[str]) -> int:
        """Add an entry with entities. Return the number of its group's leader, the first that read like it."""
        leader = self._leaders.setdefault(masked, number)
        self.groups.setdefault(leader, []).append(number)
        self._entity_counts[number] = len(entities)
        for entity in set(entities):
            self._by_entity[leader][entity].append(number)
        return leader

    def fitting(self, leader: int, said: Collection[str], limit: int) -> list[Variant]:
        """Return at most `limit` entries of the group whose entities were said most. `said`: folded entities."""
        matches: Counter[int] = Counter()
        by_entity = self._by_entity[leader]
        for entity in said:
            matches.update(by_entity.get(entity, ()))
        if not matches:
            return []
        top = max(matches.values())
        fitting = [
            number
            for number, count in matches.items()
            if count == top and count >= self.min_share * self._entity_counts[number]
        ]
        return [Variant(number, 1.0 / len(fitting)) for number in sorted(fitting)[:limit]]


def entities_of(recognizer: EntityRecognizer, text: str) -> list[str]:
    """Return the folded entities of a text."""
    return [fold(text[span.start : span.end]) for span in recognizer.spans(text)]
