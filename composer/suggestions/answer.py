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
from composer.suggestions.contexts import KeptScene
from composer.usage.reports import Offered, OfferedText
from safety.engine.blocklist import ProfanityEngine

# Texts above this are pasted, not typed: nothing is offered and nothing corrected in them.
LONGEST_TYPED = 4000
# Offers are remembered from one send to the next, for the report of the message.
MOST_REMEMBERED = 400
# Replies of which is remembered whether they hold a blocked word: the same are offered at one keystroke after another.
MOST_CHECKED = 20_000
# The same of beginnings of messages, and how many letters before the cursor a blocked word may take.
MOST_TYPED, LONGEST_BLOCKED = 1000, 32


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


def answer(kept: KeptScene, text: str, cursor: tuple[int, int] | None, own_words: Collection[str]) -> Answer:
    """What to show for `text`.

    `cursor`: where the last typing event began and ended, None where nothing was typed. `own_words` are never
    corrected, in any case. Features that are off for the agent answer nothing (openapi autocompose, settings).
    """
    features = kept.features
    offers = Offers()
    correction = None
    if features.autocompose and len(text) <= LONGEST_TYPED:
        if features.suggestions_while_typing or not text:
            offers = _fit_to_be_said(kept.checks.profanity, text, kept.prepared.suggest(text))
        if features.spellcheck and cursor is not None:
            correction = _correct(kept.checks, text, cursor, own_words)
    phrase = offers.phrase if features.phrase_completions and features.autocompose else ""
    return Answer(secrets.token_hex(16), offers.replies, phrase, correction)


def _fit_to_be_said(profanity: ProfanityEngine, typed: str, offers: Offers) -> Offers:
    """The offers without blocked words; none at all where the typed text has one, for each would go on with it."""
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
    """Is one in the typed text? The words before the last are looked at once, not at each letter."""
    return _was_blocked(profanity, typed[: typed.rfind(" ") + 1]) or profanity.has_profanity(_latest(typed, 0))


def _latest(text: str, new: int) -> str:
    """The last words of a text: the `new` last letters with enough before them to hold one that they finish."""
    return (
        text[text.find(" ", max(0, len(text) - new - LONGEST_BLOCKED)) + 1 :] if len(text) > LONGEST_BLOCKED else text
    )


@functools.lru_cache(MOST_TYPED)
def _was_blocked(profanity: ProfanityEngine, typed: str) -> bool:
    return profanity.has_profanity(typed)


@functools.lru_cache(MOST_CHECKED)
def _is_blocked(profanity: ProfanityEngine, text: str) -> bool:
    return profanity.has_profanity(text)


def _correct(checks: Checks, text: str, cursor: tuple[int, int], own_words: Collection[str]) -> Correction | None:
    found = checks.spelling.correct(text, *cursor, own_words)
    return Correction(new_ulid(), found.misspelled, found.corrected, found.position) if found else None


class Remembered:
    """The offers of one composer that no message has used yet, by their ids.

    Of more than are kept the oldest are forgotten first, but never the very first: the message-sent event names it.
    """

    def __init__(self) -> None:
        self._rows: OrderedDict[str, tuple[str, float, tuple[Offer, ...]]] = OrderedDict()

    def add(self, text: str, given: Answer) -> None:
        if given.replies:
            self._rows[given.id] = (text, time.time(), given.replies)
            if len(self._rows) > MOST_REMEMBERED:
                del self._rows[next(islice(self._rows, 1, None))]

    def offered(self, shown: Collection[str]) -> list[Offered]:
        """Those of these ids that were made here, in the order they were made."""
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
        """A message has used these: forget them and all that were made before. Later ones belong to the next."""
        last = next((id_ for id_ in reversed(self._rows) if id_ in frozenset(shown)), None)
        while last is not None and self._rows.popitem(last=False)[0] != last:
            pass
