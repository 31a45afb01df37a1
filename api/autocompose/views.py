"""The calls for the composer: suggestions, profanity, spelling, analytics, settings."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Query, Router

from accounts.models import Agent
from api.auth import ApiRequest, KeyPair, actor_of, scope_of
from api.autocompose import keystrokes
from api.autocompose.schemas import (
    ByAgent,
    ComposerEventRequest,
    MessageSentRequest,
    ProfanityRequest,
    ProfanityResponse,
    SettingsResponse,
    SpellcheckRequest,
    SpellcheckResponse,
    SuggestionsRequest,
    SuggestionsResponse,
)
from api.conversation.views import client_id, conversation_of, new_message
from api.errors import not_found
from api.fields import Omittable
from composer.suggestions import contexts
from composer.suggestions.checks import checks_for
from composer.suggestions.features import features_for
from composer.usage.events import SentFigures, record_composer_event, record_message_sent
from conversations.errors import NoAgentError
from conversations.models import ParticipantRole
from conversations.selectors import present
from conversations.services import add_messages
from responses.selectors import company_greets, find_agent

router = Router(auth=KeyPair("autocompose"), tags=["AutoCompose"], by_alias=True, exclude_none=True)


def empty_response() -> HttpResponse:
    """Return a 200 without a body, as the spec declares for writes without a result."""
    response = HttpResponse()
    del response["Content-Type"]
    return response


def agent_for(request: ApiRequest, external_id: str) -> Agent | None:
    """Return the agent of this external id; None if no call has mentioned it yet."""
    return find_agent(scope_of(request.credential), external_id)


@router.post(
    "/conversations/{conversation_id}/suggestions", response=SuggestionsResponse, summary="Generate suggestions"
)
def generate_suggestions(
    request: ApiRequest, conversation_id: str, payload: Omittable[SuggestionsRequest] = None
) -> SuggestionsResponse:
    """Return up to three replies for the typed `query`.

    A `message` is stored first. If the conversation has no agent, nothing is stored and the status is 422.
    """
    message_id = ""
    if payload and payload.message:
        conversation = conversation_of(request, conversation_id)
        if present(conversation, ParticipantRole.AGENT) is None:
            raise NoAgentError
        [message] = add_messages(
            by=actor_of(request.credential),
            conversation=conversation,
            messages=[new_message(payload.message, client_id(request))],
        )
        message_id = message.pk
    context = contexts.context_for(scope_of(request.credential), conversation_id)
    if context is None:
        raise not_found("conversation")
    return keystrokes.suggest(context, (payload.query if payload else None) or "", message_id)


@router.post("/profanity/evaluation", response=ProfanityResponse, summary="Evaluate profanity")
def evaluate_profanity(request: ApiRequest, payload: Omittable[ProfanityRequest] = None) -> ProfanityResponse:
    return keystrokes.evaluate(checks_for(scope_of(request.credential)), payload or ProfanityRequest())


@router.post("/spellcheck/correction", response=SpellcheckResponse, summary="Check for spelling mistakes")
def correct_spelling(request: ApiRequest, payload: SpellcheckRequest) -> SpellcheckResponse:
    """Correct the word that the typing event completed; an empty object if there is nothing to correct."""
    return keystrokes.correct(checks_for(scope_of(request.credential)), payload)


@router.post("/analytics/message-sent", summary="Create a MessageSent analytics event")
def message_sent(request: ApiRequest, payload: MessageSentRequest) -> HttpResponse:
    """Store the report of an agent message. The same report again changes nothing; a different one gets 409."""
    values = {
        "num_edits": payload.num_edits,
        "selected_suggestion_text": payload.selected_suggestion_text,
        "selected_suggestions_id": payload.selected_suggestions_id,
        "selected_suggestion_index": payload.selected_suggestion_index,
        "initial_suggestions_id": payload.initial_suggestions_id,
        "time_to_action": payload.time_to_action,
        "crafting_time": payload.crafting_time,
        "dwell_time": payload.dwell_time,
        "phrases_presented": payload.phrase_autocomplete_presented_ct,
        "phrases_selected": payload.phrase_autocomplete_selected_ct,
    }
    figures = SentFigures(**{name: value for name, value in values.items() if value is not None})  # type: ignore[arg-type]
    record_message_sent(
        conversation=conversation_of(request, payload.conversation_id),
        message_id=payload.message_id,
        augmentations=payload.augmentation_type,
        figures=figures,
    )
    return empty_response()


@router.post("/conversations/{conversation_id}/message-analytic-events", summary="Create a message analytic event")
def message_analytic_event(request: ApiRequest, conversation_id: str, payload: ComposerEventRequest) -> HttpResponse:
    """Store the event of an action in the composer."""
    correction = payload.spellcheck_applied or payload.spellcheck_undone
    drawer = payload.custom_response_drawer_inserted
    inserted = drawer or payload.custom_panel_inserted or payload.global_panel_inserted
    record_composer_event(
        conversation=conversation_of(request, conversation_id),
        type_=payload.type,
        suggestions_id=payload.suggestions_id,
        correction_id=correction.correction_id if correction else "",
        query=drawer.query if drawer else "",
        text=inserted.text if inserted else "",
    )
    return empty_response()


@router.get("/settings", response=SettingsResponse, summary="Get settings for AutoCompose clients")
def get_settings(request: ApiRequest, query: Query[ByAgent]) -> SettingsResponse:
    """Say what is switched off for this agent. `autocomposeDisabled` overrides the others."""
    scope = scope_of(request.credential)
    features = features_for(scope, agent_for(request, query.agent_id), external_id=query.agent_id)
    return SettingsResponse(
        suggestionsWhileTypingDisabled=not features.suggestions_while_typing,
        phraseCompletionsDisabled=not features.phrase_completions,
        spellcheckDisabled=not features.spellcheck,
        autopilotGreetingsDisabled=not (features.autopilot_greetings and company_greets(scope)),
        autocomposeDisabled=not features.autocompose,
    )
