"""Filling the slots of a masked text with what was said in the conversation at hand."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from composer.engine.text.entities import KIND_OF, SLOT, Span
from composer.engine.text.features import AnalysedTurn
from composer.engine.text.slot_values import SlotValueStats, plain
from composer.engine.text.tokens import fold

_BEFORE = re.compile(r"([\w'$]+|[^\w\s])\s*$")
_AFTER = re.compile(r"\s*([\w']+|[^\w\s])")

# How well each sign finds the value that the agent means: how long ago (in turns), the same word beside it, and
# that the customer said it. Where it is known which values a place takes, the words around it tell less.
AGE, BESIDE, CUSTOMER = 0.25, 1.5, 0.2
BESIDE_KNOWN = 0.5
NOTHING_USUAL = SlotValueStats()
# Messages and templates taken apart that are kept: a conversation meets its messages again at each further one.
KEPT_TURNS, KEPT_TEMPLATES = 4096, 20_000


class Value(NamedTuple):
    """A fact that was said. `place`: number of the turn."""

    kind: str
    text: str
    place: int
    role: str


@dataclass(slots=True)
class Values:
    """The facts of a conversation by kind, each once, as last said; all neighbours it was seen with.

    `usual`: which values places take as a rule.
    """

    usual: SlotValueStats = NOTHING_USUAL
    by_kind: dict[str, list[Value]] = field(default_factory=dict)
    near: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    last: int = 0
    _ranked: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)

    @staticmethod
    def of(
        turns: Sequence[AnalysedTurn],
        customer: str = "",
        agent: str = "",
        usual: SlotValueStats = NOTHING_USUAL,
        company: Collection[str] = (),
    ) -> Values:
        """The facts of some messages. `company`: names of the company, folded, which name nobody and no place here."""
        found = Values(usual, last=len(turns))
        latest: dict[tuple[str, str], Value] = {}
        for place, turn in enumerate(turns):
            for kind, text, before, after in _facts_of(turn.text, turn.spans):
                key = (kind, plain(text))
                if kind == "name" and key[1] in company:
                    continue
                latest.pop(key, None)
                latest[key] = Value(kind, text, place, turn.role)
                found.near.setdefault(key, set()).update((before + " ", " " + after))
        for value in latest.values():
            found.by_kind.setdefault(value.kind, []).append(value)
        for kind, text in (("customer", customer), ("agent", agent)):
            found.by_kind.pop(kind, None)
            if text:
                found.by_kind[kind] = [Value(kind, text, 0, "system")]
        return found

    def best(self, kind: str, before: str, after: str, used: Sequence[str]) -> str:
        """The value that fits a slot between two words best; "" when there is none left."""
        key = (kind, before, after)
        ranked = self._ranked.get(key)
        if ranked is None:
            ranked = self._ranked[key] = self._rank(kind, before, after)
        for text in ranked:
            if text not in used:
                return text
        return ""

    def _rank(self, kind: str, before: str, after: str) -> list[str]:
        place = (kind, before, after)
        values: Sequence[Value] = self.by_kind.get(kind, ())
        if kind == "number" and not self.usual.knows(place):
            values = [value for value in values if self._has_unit(value, before, after)]
        # One value needs no choice.
        if len(values) < 2:
            return [self.usual.written(place, value.text) for value in values]
        known = self.usual.knows(place)
        scored = []
        for value in values:
            near = self.near.get((kind, plain(value.text)), ())
            beside = (before + " " in near) + (" " + after in near)
            score = AGE * (value.place - self.last) + CUSTOMER * (value.role == "customer")
            score += BESIDE_KNOWN * beside + self.usual.worth(place, value.text) if known else BESIDE * beside
            scored.append((-score, -value.place, self.usual.written(place, value.text)))
        return [text for _, _, text in sorted(scored)]

    def _has_unit(self, value: Value, before: str, after: str) -> bool:
        """Was the number said beside a word that stands beside the slot? "45 now" does not count days."""
        near = self.near.get((value.kind, plain(value.text)), ())
        return (before.isalpha() and before + " " in near) or (after.isalpha() and " " + after in near)


@functools.lru_cache(KEPT_TURNS)
def _facts_of(text: str, spans: tuple[Span, ...]) -> tuple[tuple[str, str, str, str], ...]:
    """Each fact of a message: kind, text, and the words before and after it."""
    found = []
    for kind, start, end in spans:
        raw = text[start:end]
        shown = raw.title() if kind == "name" and raw.islower() else raw
        found.append((kind, shown.rstrip("."), *_beside(text, start, end)))
    return tuple(found)


def _beside(text: str, start: int, end: int) -> tuple[str, str]:
    """The words before and after a part of a text."""
    before = _BEFORE.search(text, max(0, start - 20), start)
    after = _AFTER.match(text, end)
    return before[1].casefold() if before else "", after[1].casefold() if after else ""


@functools.lru_cache(KEPT_TEMPLATES)
def slots_of(template: str) -> tuple[tuple[str, str, str], ...]:
    """Each slot of a masked text with the words before and after it."""
    return tuple((match[0], *_beside(template, *match.span())) for match in SLOT.finditer(template))


class Template(NamedTuple):
    """A masked text taken apart: the texts between the slots, and the slots with the words around them.

    `plain`: it says the same at any time to anybody: no slot, no insert, no "good morning".
    """

    text: str
    folded: str
    between: tuple[str, ...]
    slots: tuple[tuple[str, str, str], ...]
    plain: bool

    @staticmethod
    def of(text: str) -> Template:
        slots = tuple((KIND_OF[slot], before, after) for slot, before, after in slots_of(text))
        plain = not slots and "{" not in text and "ood" not in text
        return Template(text, fold(text), tuple(SLOT.split(text)), slots, plain)

    def filled(self, values: Values) -> str | None:
        """The text with its slots filled, or None when one has no value."""
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
        """Are all its slots numbers? In a list they are mostly the company's own: "within 21 days"."""
        return bool(self.slots) and all(kind == "number" for kind, *_ in self.slots)

    def sureness(self, values: Values) -> float:
        """The chance that each value is one that its place takes; 0 where a value is missing."""
        if not self.slots:
            return 1.0
        chosen = self._chosen(values)
        return math.prod(map(values.usual.sureness, self.slots, chosen)) if chosen else 0.0

    def _chosen(self, values: Values) -> list[str] | None:
        """A value for each slot, none twice; None when one has no value."""
        by_kind = values.by_kind
        used: list[str] = []
        for kind, before, after in self.slots:
            value = values.best(kind, before, after, used) if kind in by_kind else ""
            if not value:
                return None
            used.append(value)
        return used


def filled(template: str, values: Values) -> str | None:
    """The masked text with its slots filled, or None when one has no value."""
    return Template.of(template).filled(values) if SLOT.search(template) else template
