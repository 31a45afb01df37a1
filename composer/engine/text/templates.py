"""Masked texts with slots, filled with the entities that were said in the conversation at hand."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from composer.engine.text.entities import KIND_OF, SLOT, Span
from composer.engine.text.features import AnalysedTurn
from composer.engine.text.slot_values import SlotContext, SlotValueStats, plain
from composer.engine.text.tokens import fold

_BEFORE = re.compile(r"([\w'$]+|[^\w\s])\s*$")
_AFTER = re.compile(r"\s*([\w']+|[^\w\s])")
_CACHED_TURNS, _CACHED_TEMPLATES = 4096, 20_000
NO_STATS = SlotValueStats()


@dataclass(frozen=True, slots=True)
class SlotFilling:
    """Weights of what says that a value is the one an agent means. They are added up for each value."""

    turn_age: float = 0.25  # taken off for each turn since the value was said last
    same_neighbour: float = 1.5  # for each neighbour that the value and the slot have in common
    same_neighbour_known: float = 0.5  # the same where the slot's usual values are known
    said_by_customer: float = 0.2


FILLING = SlotFilling()


class Value(NamedTuple):
    """An entity that was said. `turn`: index of the last turn that had it."""

    kind: str
    text: str
    turn: int
    role: str


@dataclass(slots=True)
class Values:
    """The entities of a conversation by kind, each once, with all words that stood beside it.

    `stats`: the values that slots usually take. `near`: by kind and plain value, "word " for each word before it and
    " word" for each word after it. `last`: number of turns.
    """

    stats: SlotValueStats = NO_STATS
    by_kind: dict[str, list[Value]] = field(default_factory=dict)
    near: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    last: int = 0
    config: SlotFilling = FILLING
    _ranked: dict[SlotContext, list[str]] = field(default_factory=dict)

    @staticmethod
    def of(
        turns: Sequence[AnalysedTurn],
        customer: str = "",
        agent: str = "",
        stats: SlotValueStats = NO_STATS,
        company: Collection[str] = (),
    ) -> Values:
        """Collect the entities of some turns.

        `customer`, `agent`: first names, "" where unknown. `company`: folded names of the company, which name no
        person and no thing of the conversation.
        """
        values = Values(stats, last=len(turns))
        latest: dict[tuple[str, str], Value] = {}
        for index, turn in enumerate(turns):
            for kind, text, before, after in _entities_of(turn.text, turn.spans):
                key = (kind, plain(text))
                if kind == "name" and key[1] in company:
                    continue
                latest.pop(key, None)
                latest[key] = Value(kind, text, index, turn.role)
                values.near.setdefault(key, set()).update((before + " ", " " + after))
        for value in latest.values():
            values.by_kind.setdefault(value.kind, []).append(value)
        for kind, text in (("customer", customer), ("agent", agent)):
            values.by_kind.pop(kind, None)
            if text:
                values.by_kind[kind] = [Value(kind, text, 0, "system")]
        return values

    def best(self, kind: str, before: str, after: str, used: Sequence[str]) -> str:
        """Return the value that fits a slot between two words best; "" when none is left that is not in `used`."""
        slot = (kind, before, after)
        ranked = self._ranked.get(slot)
        if ranked is None:
            ranked = self._ranked[slot] = self._rank(slot)
        for text in ranked:
            if text not in used:
                return text
        return ""

    def _rank(self, slot: SlotContext) -> list[str]:
        kind, before, after = slot
        values: Sequence[Value] = self.by_kind.get(kind, ())
        known = self.stats.is_known(slot)
        if kind == "number" and not known:
            values = [value for value in values if self._has_unit(value, before, after)]
        # One value needs no choice.
        if len(values) < 2:
            return [self.stats.written(slot, value.text) for value in values]
        config = self.config
        scored = []
        for value in values:
            near = self.near.get((kind, plain(value.text)), ())
            beside = (before + " " in near) + (" " + after in near)
            score = config.turn_age * (value.turn - self.last)
            score += config.said_by_customer * (value.role == "customer")
            if known:
                score += config.same_neighbour_known * beside + self.stats.log_share(slot, value.text)
            else:
                score += config.same_neighbour * beside
            scored.append((-score, -value.turn, self.stats.written(slot, value.text)))
        return [text for _, _, text in sorted(scored)]

    def _has_unit(self, value: Value, before: str, after: str) -> bool:
        """Return whether the number was said beside a word that stands beside the slot: "45 now" counts no days."""
        near = self.near.get((value.kind, plain(value.text)), ())
        return (before.isalpha() and before + " " in near) or (after.isalpha() and " " + after in near)


@functools.lru_cache(_CACHED_TURNS)
def _entities_of(text: str, spans: tuple[Span, ...]) -> tuple[tuple[str, str, str, str], ...]:
    """Return for each entity of a message: its kind, its text, and the words before and after it."""
    entities = []
    for kind, start, end in spans:
        raw = text[start:end]
        shown = raw.title() if kind == "name" and raw.islower() else raw
        entities.append((kind, shown.rstrip("."), *_beside(text, start, end)))
    return tuple(entities)


def _beside(text: str, start: int, end: int) -> tuple[str, str]:
    """Return the folded words before and after a part of a text, "" where there is none."""
    before = _BEFORE.search(text, max(0, start - 20), start)
    after = _AFTER.match(text, end)
    return before[1].casefold() if before else "", after[1].casefold() if after else ""


@functools.lru_cache(_CACHED_TEMPLATES)
def slots_of(template: str) -> tuple[tuple[str, str, str], ...]:
    """Return each slot character of a masked text with the words before and after it."""
    return tuple((match[0], *_beside(template, *match.span())) for match in SLOT.finditer(template))


class Template(NamedTuple):
    """A masked text, split at its slots.

    `between`: the texts between the slots, one more than slots. `plain`: the text is the same at any time and for
    anybody, having no slot, no insert and no "good morning".
    """

    text: str
    folded: str
    between: tuple[str, ...]
    slots: tuple[SlotContext, ...]
    plain: bool

    @staticmethod
    def of(text: str) -> Template:
        slots = tuple((KIND_OF[slot], before, after) for slot, before, after in slots_of(text))
        plain = not slots and "{" not in text and "ood" not in text
        return Template(text, fold(text), tuple(SLOT.split(text)), slots, plain)

    def filled(self, values: Values) -> str | None:
        """Return the text with its slots filled, or None when one has no value."""
        if not self.slots:
            return self.text
        chosen = self._chosen(values)
        if chosen is None:
            return None
        parts = [self.between[0]]
        for value, text in zip(chosen, self.between[1:], strict=True):
            parts += (value, text)
        return "".join(parts)

    @property
    def has_numbers_alone(self) -> bool:
        """Return whether all slots are numbers. In a list they are mostly the company's own: "within 21 days"."""
        return bool(self.slots) and all(kind == "number" for kind, *_ in self.slots)

    def slot_confidence(self, values: Values) -> float:
        """Return the probability that each value may stand in its slot; 0.0 when a value is missing."""
        if not self.slots:
            return 1.0
        chosen = self._chosen(values)
        return math.prod(map(values.stats.confidence, self.slots, chosen)) if chosen else 0.0

    def missing(self, values: Values) -> list[str]:
        """Return the kinds of the slots that no value is left for, in the order of the text."""
        kinds, used = [], list[str]()
        for kind, before, after in self.slots:
            value = values.best(kind, before, after, used)
            if value:
                used.append(value)
            else:
                kinds.append(kind)
        return kinds

    def _chosen(self, values: Values) -> list[str] | None:
        """Return a value for each slot, no value twice; None when one has no value."""
        by_kind = values.by_kind
        used: list[str] = []
        for kind, before, after in self.slots:
            value = values.best(kind, before, after, used) if kind in by_kind else ""
            if not value:
                return None
            used.append(value)
        return used


def filled(template: str, values: Values) -> str | None:
    """Return the masked text with its slots filled, or None when one has no value."""
    return Template.of(template).filled(values) if SLOT.search(template) else template
