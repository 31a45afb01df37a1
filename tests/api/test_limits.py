"""Limits of a call's content, blank messages, and a byte-order mark in front of a body."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from typing import Any

import pytest

from accounts.models import Company
from conversations.models import MAX_MESSAGE_LENGTH, MAX_METADATA_ENTRIES, Conversation, Message, Metadata, Participant
from tests.api.conftest import Caller, assert_error
from tests.api.test_messages import body
from tests.factories import make_conversation
from tests.texts import BLANK, ENDS, SHOWN

CONVERSATIONS = "/conversation/v1/conversations"


@pytest.fixture
def conversation(company: Company) -> Conversation:
    return make_conversation(company)


@pytest.fixture
def path(conversation: Conversation) -> str:
    return f"{CONVERSATIONS}/{conversation.pk}/messages"


def upsert(**changes: Any) -> dict[str, Any]:
    return {
        "externalId": "33411121",
        "customer": {"externalId": "11462"},
        "timestamp": "2021-11-23T12:13:14.555Z",
        **changes,
    }


def test_messages_have_a_maximum_length(caller: Caller, path: str) -> None:
    assert caller.post(path, body(text="x" * MAX_MESSAGE_LENGTH)).status_code == 200
    too_long = "x" * (MAX_MESSAGE_LENGTH + 1)
    assert_error(caller.post(path, body(text=too_long)), 400, code="400-03", says="/text")
    batch = {"messages": [body(), body(text=too_long)]}
    assert_error(caller.post(f"{path}/batch", batch), 400, code="400-03", says="/messages/1/text")
    assert Message.objects.count() == 1


def test_a_blank_message_is_refused(caller: Caller, path: str) -> None:
    for text in BLANK:
        assert_error(caller.post(path, body(text=text)), 400, code="400-03", says="/text")
    assert Message.objects.count() == 0


def test_a_visible_message_is_stored_unchanged(caller: Caller, path: str) -> None:
    texts = [*SHOWN, *(typed for typed, _ in ENDS)]
    for text in texts:
        assert caller.post(path, body(text=text)).status_code == 200
    assert list(Message.objects.order_by("sequence").values_list("text", flat=True)) == texts


def test_conversations_have_a_maximum_number_of_metadata_entries(caller: Caller, conversation: Conversation) -> None:
    full = {f"key{number}": "1" for number in range(MAX_METADATA_ENTRIES)}
    assert_error(
        caller.post(CONVERSATIONS, upsert(metadata=full | {"more": "1"})), 400, code="400-03", says="/metadata"
    )
    assert caller.post(CONVERSATIONS, upsert(metadata=full)).status_code == 200
    assert caller.post(CONVERSATIONS, upsert(metadata={"key1": "2"})).status_code == 200
    # Neither in one call nor in many.
    assert_error(
        caller.post(CONVERSATIONS, upsert(metadata={"key2": "2", "more": "1"})), 400, code="400-03", says="/metadata"
    )
    values = dict(Metadata.objects.filter(conversation=conversation).values_list("name", "value"))
    assert (len(values), values["key1"], values["key2"]) == (MAX_METADATA_ENTRIES, "2", "1")


def test_a_byte_order_mark_is_ignored(caller: Caller, path: str) -> None:
    assert caller.post(path, BOM_UTF8 + json.dumps(body()).encode()).status_code == 200
    assert_error(caller.post(path, BOM_UTF8 + BOM_UTF8 + json.dumps(body()).encode()), 400)


@pytest.mark.parametrize(
    ("name", "stored"),
    [("\u202eadA nosirraM", "adA nosirraM"), ("\u200b\u2060", ""), ("שרה כהן", "שרה כהן"), ("محمد", "محمد")],
    ids=ascii,
)
def test_names_are_cleaned_before_they_are_stored(
    caller: Caller, conversation: Conversation, name: str, stored: str
) -> None:
    people = {"customer": {"externalId": "11462", "name": name}, "agent": {"externalId": "671", "name": name}}
    assert caller.post(CONVERSATIONS, upsert(**people)).status_code == 200
    names = Participant.objects.filter(conversation=conversation, left_at__isnull=True).values_list("name", flat=True)
    assert list(names) == [stored, stored]
