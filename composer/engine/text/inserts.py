"""Texts of lists: their entities masked, their inserts unchanged, or in the form that learned texts have."""

from __future__ import annotations

import re

from composer.engine.text.entities import SLOTS, EntityRecognizer, masked

_INSERT = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.]*)\}")


def masked_entry(recognizer: EntityRecognizer, text: str) -> str:
    """Return an entry's text with its entities masked. Inserts stay as they are written."""
    inserts = [match.span() for match in _INSERT.finditer(text)]
    spans = recognizer.spans(text)
    if inserts:
        spans = [span for span in spans if not any(span.start < end and start < span.end for start, end in inserts)]
    return masked(text, spans)


def inserts_as_slots(text: str) -> str:
    """Return the text with inserts as the slots of names that learned texts have there: both are one template."""

    def slot(match: re.Match[str]) -> str:
        name = match[1].casefold()
        return SLOTS["agent" if "rep" in name or "agent" in name else "customer"]

    return _INSERT.sub(slot, text)
