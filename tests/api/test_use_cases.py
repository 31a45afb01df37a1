"""The seed's use cases and certification scenarios A to F, call by call.

Source: seed autocompose__deploying-autocompose-api, "Use Case Examples" and "Certification".
"""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Company
from composer.models import MessageSent
from conversations.models import Message
from responses.services import ListRow
from tests.api.conftest import Caller
from tests.factories import make_list

CONVERSATION = {
    "externalId": "33411121",
    "agent": {"externalId": "671", "name": "agentname"},
    "customer": {"externalId": "11462", "name": "Sarah Jones"},
    "metadata": {"organizationalGroup": "some-group", "subdivision": "some-division", "queue": "some-queue"},
    "timestamp": "2021-11-23T12:13:14.55Z",
}


class Desk:
    """The calls that an integration makes, each of which must answer 200."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.id = self.ok("/conversation/v1/conversations", CONVERSATION)["id"]
        self.clock = 20

    def ok(self, path: str, body: dict[str, Any]) -> Any:
        response = self.caller.post(path, body)
        assert response.status_code == 200, response.content
        return response.json() if response.content else None

    def message(self, text: str, role: str, sender: str) -> str:
        self.clock += 1
        body = {
            "text": text,
            "sender": {"role": role, "externalId": sender},
            "timestamp": f"2021-11-23T12:13:{self.clock}.55Z",
        }
        return str(self.ok(f"/conversation/v1/conversations/{self.id}/messages", body)["id"])

    def suggest(self, query: str) -> Any:
        return self.ok(f"/autocompose/v1/conversations/{self.id}/suggestions", {"query": query})

    def type(self, text: str) -> Any:
        """Suggestions at each keystroke, spelling at each space; the last suggestions."""
        for end in range(1, len(text) + 1):
            shown = self.suggest(text[:end])
            if text[end - 1] == " ":
                self.spell(text[:end])
        return shown

    def spell(self, text: str) -> Any:
        event = {"cursorStart": len(text) - 1, "cursorEnd": len(text)}
        return self.ok("/autocompose/v1/spellcheck/correction", {"text": text, "typingEvent": event})

    def is_profane(self, text: str) -> bool:
        return bool(self.ok("/autocompose/v1/profanity/evaluation", {"text": text})["hasProfanity"])

    def send(self, text: str, *augmentations: str, **figures: Any) -> MessageSent:
        assert not self.is_profane(text)
        message_id = self.message(text, "agent", "671")
        report = {"conversationId": self.id, "messageId": message_id, "augmentationType": augmentations, **figures}
        self.ok("/autocompose/v1/analytics/message-sent", report)
        self.suggest("")
        return MessageSent.objects.get(message_id=message_id)


@pytest.fixture
def desk(caller: Caller, company: Company) -> Desk:
    make_list(
        company,
        ListRow("How can I help you today?"),
        ListRow("Hello {NAME}, welcome to customer support chat!", title="Welcome"),
        ListRow("Sure {NAME}, I can certainly help you with that."),
    )
    return Desk(caller)


def test_a_new_chat_with_messages_that_were_there_before(desk: Desk) -> None:
    desk.message("Hello, I would like to upgrade my internet plan to GOLD.", "customer", "3455123")
    shown = desk.suggest("")
    assert [row["text"] for row in shown["suggestions"]] == [
        "How can I help you today?",
        "Hello Sarah, welcome to customer support chat!",
        "Sure Sarah, I can certainly help you with that.",
    ]
    assert Message.objects.count() == 1


def test_b_a_suggestion_is_sent_as_it_is(desk: Desk) -> None:
    shown = desk.suggest("")
    text = shown["suggestions"][0]["text"]
    desk.spell(text + " ")
    row = desk.send(
        text,
        "AUTOSUGGEST",
        numEdits=0,
        selectedSuggestionText=text,
        selectedSuggestionsId=shown["id"],
        selectedSuggestionIndex=1,
        initialSuggestionsId=shown["id"],
    )
    assert (row.selected_suggestion_index, row.num_edits, row.selected_suggestions_id) == (1, 0, shown["id"])


def test_c_freehand(desk: Desk) -> None:
    first = desk.suggest("")
    desk.type("Hello")
    row = desk.send("Hello", "FREEHAND", initialSuggestionsId=first["id"])
    assert [entry.type for entry in row.augmentations.all()] == ["FREEHAND"]
    assert row.selected_suggestions_id == ""


def test_d_a_suggestion_is_edited_and_a_phrase_taken(desk: Desk) -> None:
    first = desk.suggest("")
    desk.type("Hel")
    shown = desk.suggest("Hel")
    assert shown["suggestions"][0]["title"] == "Welcome"
    row = desk.send(
        "Hello Sarah, welcome to support!",
        "AUTOCOMPLETE",
        "PHRASE_AUTOCOMPLETE",
        numEdits=15,
        selectedSuggestionText=shown["suggestions"][0]["text"],
        selectedSuggestionsId=shown["id"],
        selectedSuggestionIndex=1,
        initialSuggestionsId=first["id"],
        phraseAutocompletePresentedCt=1,
        phraseAutocompleteSelectedCt=1,
    )
    assert [entry.type for entry in row.augmentations.all()] == ["AUTOCOMPLETE", "PHRASE_AUTOCOMPLETE"]


def test_e_a_correction_is_applied_and_undone(desk: Desk) -> None:
    shown = desk.suggest("")
    corrected = desk.spell("How can I help you today? Tihs ")
    assert (corrected["correctedText"], corrected["position"]) == ("This", 26)
    for kind, key in (("spellcheck-applied", "spellcheckApplied"), ("spellcheck-undone", "spellcheckUndone")):
        event = {"type": kind, "suggestionsId": shown["id"], key: {"correctionId": corrected["id"]}}
        desk.ok(f"/autocompose/v1/conversations/{desk.id}/message-analytic-events", event)
    row = desk.send(
        "How can I help you today? Tihs is it.", "AUTOSUGGEST", "FLUENCY_APPLY", "FLUENCY_UNDO", numEdits=12
    )
    assert [entry.type for entry in row.augmentations.all()] == ["AUTOSUGGEST", "FLUENCY_APPLY", "FLUENCY_UNDO"]


def test_f_profanity_is_found_before_it_is_sent(desk: Desk) -> None:
    shown = desk.suggest("")["suggestions"][0]["text"]
    assert desk.is_profane(f"{shown} damn shit")
    desk.send(shown, "AUTOSUGGEST")
    assert Message.objects.count() == 1
