"""The three calls that clients make at every keystroke, without a request object and without the database.

The Django views use these functions, and so does `api.fast_path`, which answers from memory in front of Django.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from pydantic import TypeAdapter

from accounts.ids import new_ulid
from api.autocompose.schemas import (
    AutopilotMessageResponse,
    PhraseResponse,
    ProfanityRequest,
    ProfanityResponse,
    SpellcheckRequest,
    SpellcheckResponse,
    SuggestionResponse,
    SuggestionsRequest,
    SuggestionsResponse,
)
from api.conversation.schemas import IdResponse
from composer.engine.types import Offer
from composer.suggestions.answer import greeting_due, offers_for
from composer.suggestions.checks import Checks
from composer.suggestions.contexts import CachedContext
from composer.suggestions.greeting import Greeting

parse_suggestions = TypeAdapter(SuggestionsRequest).validate_json
parse_profanity = TypeAdapter(ProfanityRequest).validate_json
parse_spellcheck = TypeAdapter(SpellcheckRequest).validate_json


def suggest(context: CachedContext, query: str, message_id: str = "") -> SuggestionsResponse:
    """Return what the composer shows for the typed text.

    The id is 32 hexadecimal digits: analytics events name it. `autopilotMessage` comes only while nothing is typed and
    the agent has not greeted yet.
    """
    offers = offers_for(context, query)
    greeting = greeting_due(context, query)
    return SuggestionsResponse.model_construct(
        id=secrets.token_hex(16),
        suggestions=list(_suggestions(offers.replies)),
        phrase_completion=PhraseResponse.model_construct(text=offers.phrase) if offers.phrase else None,
        message=IdResponse.model_construct(id=message_id) if message_id else None,
        autopilot_message=_autopilot(greeting) if greeting else None,
    )


def _suggestions(replies: Iterable[Offer]) -> Iterable[SuggestionResponse]:
    for offer in replies:
        yield SuggestionResponse.model_construct(text=offer.text, template_text=offer.template, title=offer.title)


def _autopilot(greeting: Greeting) -> AutopilotMessageResponse:
    return AutopilotMessageResponse(
        text=greeting.offer.text,
        templateText=greeting.offer.template,
        title=greeting.offer.title,
        delaySeconds=greeting.delay_seconds,
        triggerAfterSeconds=greeting.trigger_after_seconds,
    )


def evaluate(checks: Checks, body: ProfanityRequest) -> ProfanityResponse:
    """Say whether the text holds a blocked word. A body without text holds none."""
    return ProfanityResponse.model_construct(has_profanity=checks.profanity.has_profanity(body.text or ""))


def evaluate_at_once(checks: Checks, body: ProfanityRequest) -> ProfanityResponse | None:
    """Do the same in the event loop; returns None for a text that would take too long there."""
    has_profanity = checks.profanity.has_profanity_at_once(body.text or "")
    return None if has_profanity is None else ProfanityResponse.model_construct(has_profanity=has_profanity)


def correct(checks: Checks, body: SpellcheckRequest) -> SpellcheckResponse:
    """Return the correction of the word just completed. Analytics call its id `correctionId`."""
    correction = checks.spelling.correct(
        body.text,
        body.typing_event.cursor_start,
        body.typing_event.cursor_end,
        body.user_dictionary or (),
        body.language or "en",
    )
    if correction is None:
        return SpellcheckResponse()
    return SpellcheckResponse.model_construct(
        id=new_ulid(),
        misspelled_text=correction.misspelled,
        corrected_text=correction.corrected,
        position=correction.position,
    )
