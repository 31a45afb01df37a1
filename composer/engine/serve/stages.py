"""How far a conversation has come, read off its words by plain rules, and which replies have had their time.

English words only: a reply in another language is never held back.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from composer.engine.types import Turn

# Agent messages after which nobody greets any more.
GREETED_AFTER = 2
# A customer's message of fewer words besides greetings does not say yet what is wanted.
MIN_WORDS = 3
_HELLO = r"(?:hi+|hello|hey|greetings|welcome|good (?:morning|afternoon|evening|day))\b"
_GREETING = re.compile(rf"\W*{_HELLO}", re.IGNORECASE)
_OFFER_OF_HELP = re.compile(
    r"\b(?:(?:how|what) (?:can|may|could) (?:i|we) (?:help|assist|do for|sort out)|what brings you)", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+")
_POLITE = frozenset(
    ["hi", "hello", "hey", "there", "good", "morning", "afternoon", "evening", "day", "please", "anybody"]
)


@functools.lru_cache(20_000)
def greets(text: str) -> bool:
    """Is it a greeting, or does it begin with one?"""
    return _GREETING.match(text) is not None


@functools.lru_cache(20_000)
def offers_help(text: str) -> bool:
    """Does it ask what the customer wants? "Anything else I can help with?" does not."""
    return _OFFER_OF_HELP.search(text) is not None


def says_something(text: str) -> bool:
    """Has a customer who wrote this said what they want?"""
    words = [word for word in _WORD.findall(text.casefold()) if word not in _POLITE]
    return len(words) >= MIN_WORDS


def unanswered(turns: Sequence[Turn]) -> list[Turn]:
    """The messages that an answer goes by: without automatic ones, and without a greeting after the question."""
    kept = [turn for turn in turns if not turn.automatic]
    while kept and kept[-1].role == "agent" and greets(kept[-1].text) and any(t.role == "customer" for t in kept):
        kept.pop()
    return kept


def has_greeted(turns: Sequence[Turn]) -> bool:
    """Is it too late for a greeting?"""
    spoken = [turn.text for turn in turns if turn.role == "agent"]
    return len(spoken) >= GREETED_AFTER or any(map(greets, spoken))
