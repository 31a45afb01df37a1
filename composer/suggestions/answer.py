"""What the composer shows for the text on an agent's screen: asked at every keystroke, answered from memory.

The context of the conversation is prepared once and cached (`composer.suggestions.contexts`). A keystroke asks it,
and the speller where the keystroke completed a word. Nothing here touches the database or waits.
"""

from __future__ import annotations

import functools
import secrets
import time
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice

from accounts.ids import new_ulid
from composer.engine.types import Offer, Offers
from composer.suggestions.checks import Checks
from composer.suggestions.contexts import CachedContext
from composer.suggestions.greeting import Greeting
from composer.usage.reports import Offered, OfferedText
from safety.engine.blocklist import ProfanityEngine

# Characters. A longer text is pasted, not typed: nothing is offered and nothing corrected in it.
MAX_TYPED_LENGTH = 4000
# Offers are remembered from one send to the next, for the report of the message.
MAX_REMEMBERED = 400
# Replies whose check for blocked words is cached: one keystroke after another offers the same.
MAX_CHECKED_REPLIES = 20_000
# The same for beginnings of messages; and the characters before the cursor in which a blocked word may lie.
MAX_CHECKED_BEGINNINGS = 1000
MAX_BLOCKED_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Correction:
    """`id` names it in later analytics; `position` is where the word starts, in characters from 0."""

    id: str
    misspelled: str
    corrected: str
    position: int


@dataclass(frozen=True, slots=True)
class Answer:
    """`id` is the suggestions id, 32 hexadecimal digits; `phrase` the whole text with its phrase finished, or ""."""

    id: str
    replies: tuple[Offer, ...]
    phrase: str
    correction: Correction | None


def offers_for(context: CachedContext, text: str) -> Offers:
    """Return what the agent's features allow to be shown for `text`. Desk and API both show what this decides."""
    features = context.features
    is_typed = bool(text)
    if not features.allow_replies(is_typed=is_typed):
        return Offers()
    offers = context.session.suggest(text)
    return offers if features.allow_phrase else Offers(offers.replies)


def greeting_due(context: CachedContext, text: str) -> Greeting | None:
    """Return the greeting to show beside `text`: only while nothing is typed."""
    return context.greeting if context.features.allow_greeting and not text else None


def answer(context: CachedContext, text: str, cursor: tuple[int, int] | None, own_words: Collection[str]) -> Answer:
    """Return what the desk shows for `text`.

    `cursor`: where the last typing event began and ended, None where nothing was typed. `own_words` are never
    corrected, in any case. Features that are off for the agent show nothing (openapi autocompose, settings).
    """
    offers = Offers()
    correction = None
    if len(text) <= MAX_TYPED_LENGTH:
        offers = _without_blocked_words(context.checks.profanity, text, offers_for(context, text))
        if context.features.allow_correction and cursor is not None:
            correction = _correct(context.checks, text, cursor, own_words)
    return Answer(secrets.token_hex(16), offers.replies, offers.phrase, correction)


def _without_blocked_words(profanity: ProfanityEngine, typed: str, offers: Offers) -> Offers:
    """Return the offers without blocked words; none where the typed text has one, for each would go on with it."""
    if not (offers.replies or offers.phrase):
        return offers
    if _has_blocked_word(profanity, typed):
        return Offers()
    if offers.phrase and _is_blocked(profanity, _latest(offers.phrase, len(offers.phrase) - len(typed))):
        offers = Offers(offers.replies)
    if any(_is_blocked(profanity, offer.text) for offer in offers.replies):
        return Offers(tuple(o for o in offers.replies if not _is_blocked(profanity, o.text)), offers.phrase)
    return offers


def _has_blocked_word(profanity: ProfanityEngine, typed: str) -> bool:
    """Does the typed text hold one? The words before the last are checked once, not at each letter."""
    return _was_blocked(profanity, typed[: typed.rfind(" ") + 1]) or profanity.has_profanity(_latest(typed, 0))


def _latest(text: str, new: int) -> str:
    """Return the end of a text: its `new` last characters, and enough before them for a word that they finish."""
    if len(text) <= MAX_BLOCKED_LENGTH:
        return text
    return text[text.find(" ", max(0, len(text) - new - MAX_BLOCKED_LENGTH)) + 1 :]


@functools.lru_cache(MAX_CHECKED_BEGINNINGS)
def _was_blocked(profanity: ProfanityEngine, typed: str) -> bool:
    return profanity.has_profanity(typed)


@functools.lru_cache(MAX_CHECKED_REPLIES)
def _is_blocked(profanity: ProfanityEngine, text: str) -> bool:
    return profanity.has_profanity(text)


def _correct(checks: Checks, text: str, cursor: tuple[int, int], own_words: Collection[str]) -> Correction | None:
    found = checks.spelling.correct(text, *cursor, own_words)
    return Correction(new_ulid(), found.misspelled, found.corrected, found.position) if found else None


class Remembered:
    """The offers of one composer that no message has used yet, by suggestions id.

    At most `MAX_REMEMBERED`: the oldest are forgotten first, but never the very first, which the message-sent event
    names.
    """

    def __init__(self) -> None:
        self._rows: OrderedDict[str, tuple[str, float, tuple[Offer, ...]]] = OrderedDict()

    def add(self, text: str, answer: Answer) -> None:
        if answer.replies:
            self._rows[answer.id] = (text, time.time(), answer.replies)
            if len(self._rows) > MAX_REMEMBERED:
                del self._rows[next(islice(self._rows, 1, None))]

    def offered(self, shown: Collection[str]) -> list[Offered]:
        """Return the offers with these ids, in the order in which they were made."""
        wanted = frozenset(shown)
        return [
            Offered(
                id=id_,
                typed=text,
                shown_at=at,
                replies=[
                    OfferedText(text=offer.text, source=offer.source, key=offer.key, score=round(offer.score, 4))
                    for offer in offers
                ],
            )
            for id_, (text, at, offers) in self._rows.items()
            if id_ in wanted
        ]

    def forget(self, shown: Collection[str]) -> None:
        """Forget the offers that a message has used, and all made before them: later ones belong to the next."""
        last = next((id_ for id_ in reversed(self._rows) if id_ in frozenset(shown)), None)
        while last is not None and self._rows.popitem(last=False)[0] != last:
            pass
