"""POST /autocompose/v1/analytics/message-sent and …/message-analytic-events."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Company
from composer.models import ComposerEvent, MessageSent
from conversations.models import Conversation
from tests.api.conftest import Caller, assert_error
from tests.factories import make_conversation

SENT = "/autocompose/v1/analytics/message-sent"


@pytest.fixture
def conversation(company: Company) -> Conversation:
    return make_conversation(company)


def report(conversation: Conversation, **changes: Any) -> dict[str, Any]:
    """The first example of the seed's use case 4."""
    example = {
        "conversationId": conversation.pk,
        "messageId": "ee675e6576c0faf40dbb92d0d5993f5f",
        "augmentationType": ["FLUENCY_APPLY", "AUTOSUGGEST", "PHRASE_AUTOCOMPLETE"],
        "numEdits": 2,
        "selectedSuggestionText": "How can I help you today?",
        "selectedSuggestionsId": "5e9491b203e6ecccfef964e26fb1a5d3",
        "selectedSuggestionIndex": 1,
        "initialSuggestionsId": "5e9491b203e6ecccfef964e26fb1a5d3",
        "timeToAction": 1.891412,
        "craftingTime": 10.9472,
        "dwellTime": 4.132985,
        "phraseAutocompletePresentedCt": 1,
        "phraseAutocompleteSelectedCt": 1,
    }
    return {**example, **changes}


def test_it_stores_every_figure(caller: Caller, conversation: Conversation) -> None:
    response = caller.post(SENT, report(conversation))
    assert (response.status_code, response.content) == (200, b"")
    row = MessageSent.objects.get()
    assert [entry.type for entry in row.augmentations.all()] == report(conversation)["augmentationType"]
    assert (row.num_edits, row.selected_suggestion_index, row.phrases_presented, row.phrases_selected) == (2, 1, 1, 1)
    assert (row.time_to_action, row.crafting_time, row.dwell_time) == (1.891412, 10.9472, 4.132985)
    assert row.selected_suggestion_text == "How can I help you today?"
    assert row.selected_suggestions_id == row.initial_suggestions_id == "5e9491b203e6ecccfef964e26fb1a5d3"


def test_three_fields_are_required_and_repeated_augmentations_are_kept(
    caller: Caller, conversation: Conversation
) -> None:
    kinds = ["FLUENCY_APPLY", "FLUENCY_UNDO", "FLUENCY_APPLY"]
    body = {"conversationId": conversation.pk, "messageId": "m", "augmentationType": kinds}
    assert caller.post(SENT, body).status_code == 200
    row = MessageSent.objects.get()
    assert [entry.type for entry in row.augmentations.all()] == kinds
    assert (row.num_edits, row.selected_suggestion_text, row.dwell_time) == (0, "", 0)


def test_the_same_report_again_changes_nothing(caller: Caller, conversation: Conversation) -> None:
    caller.post(SENT, report(conversation))
    assert caller.post(SENT, report(conversation)).status_code == 200
    assert_error(caller.post(SENT, report(conversation, numEdits=3)), 409, says="already reported")
    assert_error(caller.post(SENT, report(conversation, augmentationType=["FREEHAND"])), 409)
    assert MessageSent.objects.get().num_edits == 2


def test_texts_are_redacted(caller: Caller, conversation: Conversation) -> None:
    caller.post(SENT, report(conversation, selectedSuggestionText="Card 4111111111111111?"))
    assert MessageSent.objects.get().selected_suggestion_text == "Card [CARD]?"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"augmentationType": ["MAGIC"]}, "/augmentationType/0"),
        ({"augmentationType": None}, "/augmentationType"),
        ({"augmentationType": "FREEHAND"}, "/augmentationType"),
        ({"messageId": None}, "/messageId"),
        ({"numEdits": -1}, "/numEdits"),
        ({"numEdits": 2**31}, "/numEdits"),
        ({"numEdits": 10**30}, "/numEdits"),
        ({"numEdits": 1.5}, "/numEdits"),
        ({"numEdits": None}, "/numEdits"),
        ({"timeToAction": "1"}, "/timeToAction"),
        ({"dwellTime": -0.1}, "/dwellTime"),
    ],
)
def test_bad_reports_are_refused(caller: Caller, conversation: Conversation, changes: Any, says: str) -> None:
    response = caller.post(SENT, report(conversation, **changes))
    assert response.status_code == 400
    assert says in response.json()["error"]["message"]
    assert not MessageSent.objects.exists()


def test_integers_may_be_written_as_1_0(caller: Caller, conversation: Conversation) -> None:
    assert caller.post(SENT, report(conversation, numEdits=4.0)).status_code == 200
    assert MessageSent.objects.get().num_edits == 4


def test_reports_need_a_conversation_of_the_company(caller: Caller, other: Caller, conversation: Conversation) -> None:
    assert_error(caller.post(SENT, report(conversation, conversationId="5544332211")), 404)
    assert_error(other.post(SENT, report(conversation)), 404)
    assert_error(caller.get(SENT), 405)


@pytest.fixture
def events(conversation: Conversation) -> str:
    return f"/autocompose/v1/conversations/{conversation.pk}/message-analytic-events"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"type": "suggestion-2-inserted"}, ("", "", "")),
        ({"type": "phrase-completion-accepted", "spellcheckApplied": None}, ("", "", "")),
        ({"type": "spellcheck-applied", "spellcheckApplied": {"correctionId": "c"}}, ("c", "", "")),
        ({"type": "spellcheck-undone", "spellcheckUndone": {"correctionId": "c"}}, ("c", "", "")),
        (
            {
                "type": "custom-response-drawer-inserted",
                "customResponseDrawerInserted": {"query": "/how", "text": "Howdy"},
            },
            ("", "/how", "Howdy"),
        ),
        ({"type": "custom-panel-inserted", "customPanelInserted": {"text": "Hi"}}, ("", "", "Hi")),
        ({"type": "global-panel-inserted", "globalPanelInserted": {"text": "Hi"}}, ("", "", "Hi")),
    ],
)
def test_composer_events_are_stored(caller: Caller, events: str, body: dict[str, Any], expected: Any) -> None:
    response = caller.post(events, {"suggestionsId": "s", **body})
    assert (response.status_code, response.content) == (200, b"")
    row = ComposerEvent.objects.get()
    assert (row.type, row.suggestions_id) == (body["type"], "s")
    assert (row.correction_id, row.query, row.text) == expected


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"suggestionsId": "s"}, "/type"),
        ({"type": "suggestion-4-inserted", "suggestionsId": "s"}, "/type"),
        ({"type": "spellcheck-applied"}, "/suggestionsId"),
        ({"type": "spellcheck-applied", "suggestionsId": None}, "/suggestionsId"),
        (
            {"type": "spellcheck-applied", "suggestionsId": "s", "spellcheckApplied": {}},
            "/spellcheckApplied/correctionId",
        ),
    ],
)
def test_bad_composer_events_are_refused(caller: Caller, events: str, body: dict[str, Any], says: str) -> None:
    response = caller.post(events, body)
    assert response.status_code == 400
    assert says in response.json()["error"]["message"]
    assert not ComposerEvent.objects.exists()


def test_strangers_cannot_report(other: Caller, events: str) -> None:
    assert_error(other.post(events, {"type": "suggestion-1-inserted", "suggestionsId": "s"}), 404)
    assert_error(other.get(events), 405)
