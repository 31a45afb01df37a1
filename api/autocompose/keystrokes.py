"""The three calls of every keystroke: parse, ask the engine, render. No request object, no database.

The Django views use these, and so does `api.fast_path`, which answers from memory before Django is reached.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from pydantic import TypeAdapter

from accounts.ids import new_ulid
from api.autocompose.schemas import (
    AutopilotMessageAnswer,
    PhraseAnswer,
    ProfanityAnswer,
    ProfanityBody,
    SpellcheckAnswer,
    SpellcheckBody,
    SuggestionAnswer,
    SuggestionsAnswer,
    SuggestionsBody,
)
from api.conversation.schemas import IdAnswer
from composer.engine.types import Offer
from composer.suggestions.answer import greeting_due, offers_for
from composer.suggestions.checks import Checks
from composer.suggestions.contexts import CachedContext
from composer.suggestions.greeting import Greeting

parse_suggestions = TypeAdapter(SuggestionsBody).validate_json
parse_profanity = TypeAdapter(ProfanityBody).validate_json
parse_spellcheck = TypeAdapter(SpellcheckBody).validate_json


def suggest(context: CachedContext, query: str, message_id: str = "") -> SuggestionsAnswer:
    """Return what the composer shows for the typed text.

    The id is 32 hexadecimal digits: analytics events name it. `autopilotMessage` comes only while nothing is typed and
    the agent has not greeted yet.
    """
    offers = offers_for(context, query)
    greeting = greeting_due(context, query)
    return SuggestionsAnswer.model_construct(
        id=secrets.token_hex(16),
        suggestions=list(_suggestions(offers.replies)),
        phrase_completion=PhraseAnswer.model_construct(text=offers.phrase) if offers.phrase else None,
        message=IdAnswer.model_construct(id=message_id) if message_id else None,
        autopilot_message=_autopilot(greeting) if greeting else None,
    )


def _suggestions(replies: Iterable[Offer]) -> Iterable[SuggestionAnswer]:
    for offer in replies:
        yield SuggestionAnswer.model_construct(text=offer.text, template_text=offer.template, title=offer.title)


def _autopilot(greeting: Greeting) -> AutopilotMessageAnswer:
    return AutopilotMessageAnswer(
        text=greeting.offer.text,
        templateText=greeting.offer.template,
        title=greeting.offer.title,
        delaySeconds=greeting.delay_seconds,
        triggerAfterSeconds=greeting.trigger_after_seconds,
    )


def evaluate(checks: Checks, body: ProfanityBody) -> ProfanityAnswer:
    """Whether the text holds a blocked word. A body without text holds none."""
    return ProfanityAnswer.model_construct(has_profanity=checks.profanity.has_profanity(body.text or ""))


def evaluate_at_once(checks: Checks, body: ProfanityBody) -> ProfanityAnswer | None:
    """The same in the event loop; None for a text that takes longer than others may wait."""
    found = checks.profanity.has_profanity_at_once(body.text or "")
    return None if found is None else ProfanityAnswer.model_construct(has_profanity=found)


def correct(checks: Checks, body: SpellcheckBody) -> SpellcheckAnswer:
    """The correction of the word just completed; its id is what analytics call `correctionId`."""
    found = checks.spelling.correct(
        body.text,
        body.typing_event.cursor_start,
        body.typing_event.cursor_end,
        body.user_dictionary or (),
        body.language or "en",
    )
    if found is None:
        return SpellcheckAnswer()
    return SpellcheckAnswer.model_construct(
        id=new_ulid(),
        misspelled_text=found.misspelled,
        corrected_text=found.corrected,
        position=found.position,
    )
