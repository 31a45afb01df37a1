"""Features of a given text's entities: whether they were said in the conversation, and whether they would be."""

from __future__ import annotations

import math
from typing import NamedTuple

from composer.engine.model.model import Model
from composer.engine.text.entities import CERTAIN, KIND_OF, masked
from composer.engine.text.features import AnalysedTurn
from composer.engine.text.slot_values import plain
from composer.engine.text.templates import Values, slots_of
from composer.engine.text.tokens import fold, words

# Bounds of the probability that filling a slot from the conversation is right.
_MIN_RATE, _MAX_RATE = 0.03, 0.97
# Of values other than the one that would be chosen: the share that was said in the conversation, and the rest.
_OTHER_SAID, _OTHER_NEW = 0.3, 0.7


class SlotFeatures(NamedTuple):
    """How well the entities of a text fit their slots.

    `log_probability`: of all entities in their slots. `chosen`: number of entities that would be filled in there;
    `other`: number of those that would not; `other_said`: number of those that were said all the same.
    """

    log_probability: float = 0.0
    chosen: float = 0.0
    other: float = 0.0
    other_said: float = 0.0


def entity_features(text: AnalysedTurn, heard: str) -> tuple[float, float]:
    """Return how many entities of a text were said in the conversation, and how many were not.

    `heard`: all words of the conversation, between spaces. An entity of which some words were said counts in part.
    """
    said = unsaid = 0.0
    for span in text.spans:
        if span.kind in CERTAIN:
            continue
        entity_words = words(fold(text.text[span.start : span.end]))
        share = sum(f" {word} " in heard for word in entity_words) / max(len(entity_words), 1)
        said += share
        unsaid += 1 - share
    return said, unsaid


def slot_features(model: Model, text: AnalysedTurn, values: Values) -> SlotFeatures:
    """Return how the entities of a text fit their slots.

    "Your balance is 4994" mostly tells something new; "the Hilton ticks all your boxes" names what was asked for.
    """
    log_probability, chosen, other, other_said = 0.0, 0, 0, 0
    used: list[str] = []
    if not text.spans:
        return SlotFeatures()
    for span, (slot, before, after) in zip(text.spans, slots_of(masked(text.text, list(text.spans))), strict=True):
        kind = KIND_OF[slot]
        if kind in CERTAIN:
            continue
        value = plain(text.text[span.start : span.end])
        rate = min(max(model.slot_rate(kind, before, after), _MIN_RATE), _MAX_RATE)
        best = values.best(kind, before, after, used)
        used.append(best)
        if best and plain(best) == value:
            chosen += 1
            log_probability += math.log(rate)
            continue
        other += 1
        was_said = any(plain(known.text) == value for known in values.by_kind.get(kind, ()))
        other_said += was_said
        log_probability += math.log((1 - rate) * (_OTHER_SAID if was_said else _OTHER_NEW))
    return SlotFeatures(log_probability, float(chosen), float(other), float(other_said))
