"""Messages: create, batch, list, retrieve. /conversation/v1/conversations/{id}/messages."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Company, Event
from conversations.models import Conversation, Message
from tests.api.conftest import Caller, assert_error
from tests.factories import make_conversation


@pytest.fixture
def conversation(company: Company) -> Conversation:
    return make_conversation(company)


@pytest.fixture
def path(conversation: Conversation) -> str:
    return f"/conversation/v1/conversations/{conversation.pk}/messages"


def body(**changes: Any) -> dict[str, Any]:
    example = {
        "text": "Hello, I would like to upgrade my internet plan to GOLD.",
        "sender": {"role": "customer", "externalId": "3455123"},
        "timestamp": "2021-11-23T12:13:18.55Z",
    }
    return {**example, **changes}


def test_a_stored_message_is_read_with_the_names_of_the_response(caller: Caller, path: str) -> None:
    id_ = caller.post(path, body()).json()["id"]
    read = caller.get(f"{path}/{id_}").json()
    created = read.pop("createdTimestamp")
    assert created.endswith("Z")
    assert len(created) == 27
    assert read == {
        "messageId": id_,
        "text": body()["text"],
        "sender": body()["sender"],
        "clientTimestamp": "2021-11-23T12:13:18.550000Z",
    }
    assert [item["messageId"] for item in caller.get(path).json()["items"]] == [id_]


@pytest.mark.parametrize("listed", ["by id", "by external id"])
def test_messages_are_listed_by_timestamp(caller: Caller, path: str, listed: str) -> None:
    ids = {
        second: caller.post(path, body(text=f"at {second}", timestamp=f"2021-11-23T12:00:0{second}Z")).json()["id"]
        for second in (2, 1, 3)
    }
    response = caller.get(path if listed == "by id" else "/conversation/v1/conversation/messages?externalId=33411121")
    assert [item["messageId"] for item in response.json()["items"]] == [ids[1], ids[2], ids[3]]


def test_messages_with_equal_timestamps_keep_their_order(caller: Caller, path: str) -> None:
    texts = [f"line {number}" for number in range(20)]
    assert caller.post(f"{path}/batch", {"messages": [body(text=text) for text in texts]}).status_code == 200
    assert [item["text"] for item in caller.get(path).json()["items"]] == texts


def test_it_lists_by_external_id(caller: Caller, path: str) -> None:
    id_ = caller.post(path, body()).json()["id"]
    items = caller.get("/conversation/v1/conversation/messages?externalId=33411121").json()["items"]
    assert [item["messageId"] for item in items] == [id_]
    assert_error(caller.get("/conversation/v1/conversation/messages?externalId=none"), 404)
    assert_error(caller.get("/conversation/v1/conversation/messages"), 400, says="/externalId")


def test_a_resend_returns_the_stored_message(caller: Caller, path: str) -> None:
    first = caller.post(path, body()).json()["id"]
    assert caller.post(path, body()).json()["id"] == first
    assert caller.post(path, body(timestamp="2021-11-23T12:13:18.550001Z")).json()["id"] != first
    assert Message.objects.count() == 2


def test_a_key_of_the_client_makes_a_resend_safe(caller: Caller, path: str) -> None:
    key = {"Idempotency-Key": "client-1"}
    first = caller.post(path, body(), **key).json()["id"]
    assert caller.post(path, body(timestamp="2021-11-23T12:13:20Z"), **key).json()["id"] == first
    assert_error(caller.post(path, body(text="another"), **key), 409, says="Idempotency-Key")
    assert Message.objects.count() == 1
    assert_error(caller.post(path, body(), **{"Idempotency-Key": "x" * 200}), 400, says="Idempotency-Key")


def test_the_key_works_for_a_message_with_suggestions_too(caller: Caller, conversation: Conversation) -> None:
    path = f"/autocompose/v1/conversations/{conversation.pk}/suggestions"
    key = {"Idempotency-Key": "client-1"}
    first = caller.post(path, {"message": body()}, **key).json()["message"]["id"]
    again = caller.post(path, {"message": body(timestamp="2021-11-23T12:13:20Z")}, **key)
    assert again.json()["message"]["id"] == first
    assert Message.objects.count() == 1


def test_sensitive_text_is_never_stored(caller: Caller, path: str) -> None:
    text = "card 4111 1111 1111 1111, ssn 123-45-6789, me@example.com, call 212-555-0123, order 12345678"
    id_ = caller.post(path, body(text=text)).json()["id"]
    stored = Message.objects.get(pk=id_).text
    assert stored == "card [CARD], ssn [SSN], [EMAIL], call [PHONE], order 12345678"


def test_messages_that_redact_alike_are_different_messages(caller: Caller, path: str) -> None:
    cards = [body(text=f"my card is {number}") for number in ("4111111111111111", "5555555555554444")]
    for _ in range(2):
        assert caller.post(f"{path}/batch", {"messages": cards}).status_code == 200
    assert list(Message.objects.values_list("text", flat=True)) == ["my card is [CARD]"] * 2
    keys = " ".join(Message.objects.values_list("client_id", flat=True))
    assert "4111" not in keys


def test_equal_messages_in_one_batch_are_two_and_the_batch_again_the_same_two(caller: Caller, path: str) -> None:
    for _ in range(2):
        caller.post(f"{path}/batch", {"messages": [body(text="ok"), body(text="ok")]})
    assert Message.objects.count() == 2


def test_each_message_has_a_sequence_number_and_an_event(caller: Caller, path: str, conversation: Conversation) -> None:
    before = conversation.last_sequence
    ids = [caller.post(path, body(text=f"line {number}")).json()["id"] for number in range(3)]
    rows = list(Message.objects.order_by("sequence").values_list("pk", "sequence"))
    assert rows == [(id_, before + place) for place, id_ in enumerate(ids, start=1)]
    events = (
        Event.objects.filter(type="conversation.message_added")
        .order_by("sequence")
        .values_list("message_id", "sequence")
    )
    assert list(events) == rows


def test_a_batch_is_stored_completely_and_in_order(caller: Caller, path: str) -> None:
    messages = [body(text=f"line {number}") for number in range(300)]
    response = caller.post(f"{path}/batch", {"messages": messages})
    assert (response.status_code, response.json()) == (200, {})
    assert [item["text"] for item in caller.get(path).json()["items"]] == [row["text"] for row in messages]
    caller.post(f"{path}/batch", {"messages": messages})
    assert Message.objects.count() == 300, "the same batch again stores nothing"


@pytest.mark.parametrize(
    ("messages", "says"),
    [
        ([], "/messages"),
        ([body(text=str(number)) for number in range(301)], "/messages"),
        ([body(), body(text="")], "/messages/1/text"),
        ("no list", "/messages"),
        (None, "/messages"),
    ],
)
def test_a_bad_batch_stores_nothing(caller: Caller, path: str, messages: Any, says: str) -> None:
    response = caller.post(f"{path}/batch", {"messages": messages})
    assert response.status_code == 400
    assert says in response.json()["error"]["message"]
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"text": ""}, "/text"),
        ({"text": None}, "/text"),
        ({"text": "a\x00b"}, "U+0000"),
        ({"text": 3}, "/text"),
        ({"sender": {"role": "rep", "externalId": "1"}}, "/sender/role"),
        ({"sender": {"role": "agent", "externalId": 123}}, "/sender/externalId"),
        ({"sender": {"role": "agent"}}, "/sender/externalId"),
        ({"sender": None}, "/sender"),
        ({"timestamp": "now"}, "/timestamp"),
    ],
)
def test_bad_input_is_refused_and_changes_nothing(caller: Caller, path: str, changes: Any, says: str) -> None:
    response = caller.post(path, body(**changes))
    assert response.status_code == 400
    assert says in response.json()["error"]["message"]
    assert not Message.objects.exists()


def test_another_company_can_neither_read_nor_write(caller: Caller, other: Caller, path: str) -> None:
    id_ = caller.post(path, body()).json()["id"]
    assert_error(other.get(path), 404)
    assert_error(other.get(f"{path}/{id_}"), 404)
    assert_error(other.post(path, body()), 404)
    assert_error(other.post(f"{path}/batch", {"messages": [body()]}), 404)
    assert_error(other.get("/conversation/v1/conversation/messages?externalId=33411121"), 404)
    assert Message.objects.count() == 1


def test_a_message_of_another_conversation_is_404(caller: Caller, company: Company, path: str) -> None:
    elsewhere = make_conversation(company, "other")
    id_ = caller.post(f"/conversation/v1/conversations/{elsewhere.pk}/messages", body()).json()["id"]
    assert_error(caller.get(f"{path}/{id_}"), 404, says="message")


def test_notes_and_whispers_are_not_shown(caller: Caller, path: str) -> None:
    id_ = caller.post(path, body()).json()["id"]
    Message.objects.filter(pk=id_).update(kind="whisper")
    assert caller.get(path).json() == {"items": []}
    assert_error(caller.get(f"{path}/{id_}"), 404)
