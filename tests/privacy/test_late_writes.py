"""Nothing gets into a conversation after it was erased, whoever still knows its id."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.actors import Actor
from accounts.models import Company, Event
from composer.learning import training
from composer.learning.training import train_suggestions
from composer.models import ComposerEvent, MessageSent, SuggestionModel
from composer.usage.events import record_composer_event
from conversations.errors import ErasedError
from conversations.models import Conversation, CustomerAuthentication, Message
from conversations.selectors import Scope
from conversations.services import NewMessage, add_messages, authenticate_customer
from privacy.services import erase_customer
from tests.factories import MOMENT, make_company, make_conversation, make_credential, make_list, say

pytestmark = [pytest.mark.django_db, pytest.mark.both_engines]

LATE = "lateword"


@pytest.fixture
def company() -> Company:
    return make_company()


def erase(company: Company) -> None:
    erase_customer(by=Actor.system(company.pk), company=company, environment="production", external_id="11462")


@pytest.fixture
def erased(company: Company) -> Conversation:
    """A conversation whose customer was erased, as somebody has it who read it before."""
    conversation = make_conversation(company)
    say(conversation, "My router is dead")
    erase(company)
    return conversation


def written() -> list[int]:
    tables = (Message, CustomerAuthentication, MessageSent, ComposerEvent, Event)
    return [model.objects.count() for model in tables]


WRITES: dict[str, Callable[[Actor, Conversation], object]] = {
    "message": lambda by, conversation: add_messages(
        by=by, conversation=conversation, messages=[NewMessage("customer", "11462", LATE, MOMENT)]
    ),
    "authentication": lambda by, conversation: authenticate_customer(
        by=by, conversation=conversation, customer_external_id=LATE
    ),
    "composer event": lambda by, conversation: record_composer_event(  # noqa: ARG005
        conversation=conversation, type_="suggestion-1-inserted", suggestions_id="1", text=LATE
    ),
}


@pytest.mark.parametrize("name", WRITES)
def test_services_refuse_it(company: Company, erased: Conversation, name: str) -> None:
    before = written()
    with pytest.raises(ErasedError):
        WRITES[name](Actor.system(company.pk), erased)
    assert written() == before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (
            "/conversation/v1/conversations/{id}/messages",
            {
                "text": LATE,
                "sender": {"role": "customer", "externalId": "11462"},
                "timestamp": "2026-11-28T10:00:00Z",
            },
        ),
        ("/conversation/v1/conversations/{id}/authenticate", {"customerExternalId": LATE, "auth": {"token": LATE}}),
        (
            "/autocompose/v1/analytics/message-sent",
            {"conversationId": "{id}", "messageId": "m-1", "augmentationType": [], "selectedSuggestionText": LATE},
        ),
    ],
)
def test_the_api_answers_that_there_is_no_such_conversation(
    company: Company, erased: Conversation, path: str, body: dict[str, Any]
) -> None:
    made = make_credential(company)
    headers = {"asapp-api-id": made.credential.api_id, "asapp-api-secret": made.secret}
    before = written()
    text = json.dumps(body).replace("{id}", erased.pk)
    response = Client(headers=headers).post(path.replace("{id}", erased.pk), text, content_type="application/json")
    assert response.status_code == 404, response.content
    assert written() == before


def test_a_training_under_way_marks_its_model(
    company: Company, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any
) -> None:
    settings.MODELS_DIR = tmp_path / "models"
    make_list(company, "Good day to you")
    say(make_conversation(company), "My router is dead")
    train = training.train

    def trained_while_erased(*args: Any, **options: Any) -> Any:
        facts = train(*args, **options)
        erase(company)
        return facts

    monkeypatch.setattr(training, "train", trained_while_erased)
    scope, by = Scope(company.pk, "production"), Actor.system(company.pk)
    row = train_suggestions(scope, by=by).model
    assert SuggestionModel.objects.get(pk=row.pk).erased_since is not None
    monkeypatch.undo()
    settings.MODELS_DIR = tmp_path / "models"
    again = train_suggestions(scope, by=by)
    assert (again.replaced, again.model.erased_since) == (1, None)
