"""The greeting that auto-pilot would send now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from composer.engine.types import Offer
from composer.suggestions.checks import Checks
from composer.suggestions.outbound import blocked_words
from responses.engine.templates import fill
from responses.selectors import GreetingRules


@dataclass(frozen=True, slots=True)
class Greeting:
    """The message that auto-pilot would send now; times in seconds (openapi autocompose, autopilotMessage)."""

    offer: Offer
    trigger_after_seconds: int
    delay_seconds: int


def greeting_for(
    rules: GreetingRules | None, checks: Checks, inserts: Mapping[str, str], named: bool
) -> Greeting | None:
    """Return the greeting by name where the name may be said, else the one without; None where neither may be sent.

    `rules`: None where greetings are switched off.
    """
    if rules is None:
        return None
    for template in (rules.named, rules.generic) if named else (rules.generic,):
        text = fill(template, inserts)
        if text and blocked_words(checks, text) is None:
            offer = Offer(text=text, template=template, title="", source="global")
            return Greeting(offer, rules.trigger_after_seconds, rules.delay_seconds)
    return None
