"""What the facts of a given text tell: whether they were said in the conversation, and whether they would be."""

from __future__ import annotations

import math

from composer.engine.model.model import Model
from composer.engine.text.entities import CERTAIN, KIND_OF, masked
from composer.engine.text.features import AnalysedTurn
from composer.engine.text.slot_values import plain
from composer.engine.text.templates import Values, slots_of
from composer.engine.text.tokens import fold, words

# Bounds of what is believed of a place: how often filling it from the conversation is right.
LEAST_RATE, MOST_RATE = 0.03, 0.97
# Of what is not the value that would be chosen, so much was said in the conversation, and so much was not.
OTHER, NEW = 0.3, 0.7


def entity_features(text: AnalysedTurn, heard: str) -> tuple[float, float]:
    """How many facts of a text were said in the conversation, and how many were not."""
    said = unsaid = 0.0
    for span in text.spans:
        if span.kind in CERTAIN:
            continue
        found = words(fold(text.text[span.start : span.end]))
        share = sum(f" {word} " in heard for word in found) / max(len(found), 1)
        said += share
        unsaid += 1 - share
    return said, unsaid


def slot_features(model: Model, text: AnalysedTurn, values: Values) -> tuple[float, float, float, float]:
    """How likely its facts are in their places, as a logarithm; how many are the ones that would be filled in there,
    how many are not, and how many of these were said all the same.

    "Your balance is 4994" mostly tells something new; "the Hilton ticks all your boxes" names what was asked for.
    """
    likely, chosen, others, said = 0.0, 0, 0, 0
    used: list[str] = []
    if not text.spans:
        return 0.0, 0.0, 0.0, 0.0
    for span, (slot, before, after) in zip(text.spans, slots_of(masked(text.text, list(text.spans))), strict=True):
        kind = KIND_OF[slot]
        if kind in CERTAIN:
            continue
        value = plain(text.text[span.start : span.end])
        rate = min(max(model.slot_rate(kind, before, after), LEAST_RATE), MOST_RATE)
        best = values.best(kind, before, after, used)
        used.append(best)
        if best and plain(best) == value:
            chosen += 1
            likely += math.log(rate)
            continue
        others += 1
        heard = any(plain(one.text) == value for one in values.by_kind.get(kind, ()))
        said += heard
        likely += math.log((1 - rate) * (OTHER if heard else NEW))
    return likely, float(chosen), float(others), float(said)
