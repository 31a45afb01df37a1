"""How far a conversation has come, by plain rules over its words, and which replies are too late for it.

The rules know English words only: a reply in another language is never too late.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from composer.engine.types import Turn

# Agent messages after which a greeting is too late.
MAX_MESSAGES_BEFORE_GREETING = 2
# Words besides greetings from which a customer's message says what is wanted.
MIN_WORDS = 3
_CACHED_TEXTS = 20_000
_HELLO = r"(?:hi+|hello|hey|greetings|welcome|good (?:morning|afternoon|evening|day))\b"
_GREETING = re.compile(rf"\W*{_HELLO}", re.IGNORECASE)
_OFFER_OF_HELP = re.compile(
    r"\b(?:(?:how|what) (?:can|may|could) (?:i|we) (?:help|assist|do for|sort out)|what brings you)", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+")
_POLITE = frozenset(
    ["hi", "hello", "hey", "there", "good", "morning", "afternoon", "evening", "day", "please", "anybody"]
)


@functools.lru_cache(_CACHED_TEXTS)
def greets(text: str) -> bool:
    """Return whether the text is a greeting or begins with one."""
    return _GREETING.match(text) is not None


@functools.lru_cache(_CACHED_TEXTS)
def offers_help(text: str) -> bool:
    """Return whether the text asks what the customer wants. "Anything else I can help with?" does not."""
    return _OFFER_OF_HELP.search(text) is not None


def says_something(text: str) -> bool:
    """Return whether a customer who wrote this has said what they want."""
    words = [word for word in _WORD.findall(text.casefold()) if word not in _POLITE]
    return len(words) >= MIN_WORDS


def relevant_turns(turns: Sequence[Turn]) -> list[Turn]:
    """Return the turns that an answer depends on: no automatic ones, and no greeting after the question."""
    relevant = [turn for turn in turns if not turn.automatic]
    has_customer = any(turn.role == "customer" for turn in relevant)
    while relevant and has_customer and relevant[-1].role == "agent" and greets(relevant[-1].text):
        relevant.pop()
    return relevant


def has_greeted(turns: Sequence[Turn]) -> bool:
    """Return whether it is too late for a greeting."""
    spoken = [turn.text for turn in turns if turn.role == "agent"]
    return len(spoken) >= MAX_MESSAGES_BEFORE_GREETING or any(map(greets, spoken))
