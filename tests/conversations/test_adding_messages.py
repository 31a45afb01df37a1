"""add_messages: redacted, numbered, once, all or nothing; and the hint that tells open pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actors import Actor
from accounts.models import ActorKind, Company, Event
from caching import versions
from conversations import adding
from conversations.errors import ResendMismatchError
from conversations.events import MAX_ROWS, MAX_TEXT_LENGTH, Changed
from conversations.models import Conversation, Message
from conversations.selectors import conversation_key
from conversations.services import NewMessage, add_messages
from tests.factories import MOMENT, make_company, make_conversation

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def talk(company: Company) -> Conversation:
    return make_conversation(company)


def new(text: str = "Hello", **fields: Any) -> NewMessage:
    return NewMessage(**{"role": "customer", "sender": "11462", "text": text, "sent_at": MOMENT, **fields})


def add(talk: Conversation, *messages: NewMessage) -> list[Message]:
    by = Actor(talk.company_id, ActorKind.CREDENTIAL, "5")
    return add_messages(by=by, conversation=talk, messages=messages)


def stored() -> list[str]:
    return list(Message.objects.order_by("sequence").values_list("text", flat=True))


class TestStored:
    def test_in_the_order_given_with_one_event_each(self, talk: Conversation) -> None:
        rows = add(talk, new("b", sent_at=MOMENT + timedelta(hours=1)), new("a"))
        assert [row.text for row in rows] == stored() == ["b", "a"]
        events = Event.objects.filter(type="conversation.message_added").order_by("sequence")
        assert [(event.message_id, event.sequence) for event in events] == [(row.pk, row.sequence) for row in rows]
        assert {(event.actor_kind, event.actor_id) for event in events} == {("credential", "5")}

    def test_none_is_none(self, talk: Conversation) -> None:
        before = Conversation.objects.get().last_sequence
        assert add(talk) == []
        assert Conversation.objects.get().last_sequence == before

    def test_redacted(self, talk: Conversation) -> None:
        [row] = add(talk, new("Card 4111 1111 1111 1111"))
        assert "4111" not in row.text
        assert stored() == [row.text]

    def test_with_the_time_of_the_sender_and_ours(self, talk: Conversation) -> None:
        [row] = add(talk, new())
        assert row.sent_at == MOMENT
        assert row.created_at > MOMENT

    def test_statements_do_not_grow_with_messages(self, talk: Conversation) -> None:
        counts = []
        for size in (2, 50):
            messages = [new(f"{size} {number}") for number in range(size)]
            with CaptureQueriesContext(connection) as queries:
                add(talk, *messages)
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestAgain:
    def test_the_same_call_is_stored_once(self, talk: Conversation) -> None:
        messages = [new("ok"), new("ok"), new("bye")]
        first = add(talk, *messages)
        assert add(talk, *messages) == first
        assert stored() == ["ok", "ok", "bye"]

    def test_one_that_was_cut_off_is_completed(self, talk: Conversation) -> None:
        [first] = add(talk, new("ok"))
        again = add(talk, new("ok"), new("ok"), new("bye"))
        assert again[0] == first
        assert stored() == ["ok", "ok", "bye"]

    @pytest.mark.parametrize(
        "other",
        [{"role": "agent"}, {"sender": "x"}, {"sent_at": MOMENT + timedelta(microseconds=1)}, {"text": "Hello."}],
        ids=str,
    )
    def test_another_message_is_another(self, talk: Conversation, other: dict[str, Any]) -> None:
        add(talk, new())
        add(talk, new(**other))
        assert Message.objects.count() == 2

    def test_an_id_makes_it_the_same_whenever_it_was_sent(self, talk: Conversation) -> None:
        [first] = add(talk, new(client_id="k1"))
        [again] = add(talk, new(client_id="k1", sent_at=MOMENT + timedelta(hours=1)))
        assert again == first
        assert again.sent_at == MOMENT

    def test_ids_tell_equal_messages_apart(self, talk: Conversation) -> None:
        add(talk, new(client_id="k1"), new(client_id="k2"), new())
        assert Message.objects.count() == 3

    @pytest.mark.parametrize("other", [{"text": "x"}, {"role": "agent"}, {"sender": "x"}, {"kind": "note"}], ids=str)
    def test_an_id_that_comes_back_with_another_message_stores_nothing(
        self, talk: Conversation, other: dict[str, Any]
    ) -> None:
        add(talk, new(client_id="k1"))
        before = Conversation.objects.get().last_sequence
        with pytest.raises(ResendMismatchError):
            add(talk, new("before"), new(**{"client_id": "k1", **other}), new("after"))
        assert stored() == ["Hello"]
        assert Conversation.objects.get().last_sequence == before

    def test_two_numbers_with_one_mask_are_two_messages(self, talk: Conversation) -> None:
        [first] = add(talk, new("Card 4111 1111 1111 1111"))
        [second] = add(talk, new("Card 5500 0000 0000 0004"))
        assert first.pk != second.pk

    def test_an_id_is_of_one_conversation(self, company: Company, talk: Conversation) -> None:
        add(talk, new(client_id="k1"))
        add(make_conversation(company, "other"), new("another", client_id="k1"))
        assert Message.objects.count() == 2


class TestHints:
    @pytest.fixture
    def hints(self, monkeypatch: pytest.MonkeyPatch) -> list[Changed]:
        sent: list[Changed] = []
        monkeypatch.setattr(adding, "invalidate_and_send", lambda _, hints: sent.extend(hint for _, hint in hints))
        return sent

    def told(self, hints: list[Changed], capture: Any, talk: Conversation, *messages: NewMessage) -> Changed:
        hints.clear()
        with capture(execute=True):
            add(talk, *messages)
        [hint] = hints
        return hint

    def test_they_carry_the_rows_between_two_sequences(
        self, talk: Conversation, hints: list[Changed], django_capture_on_commit_callbacks: Any
    ) -> None:
        hint = self.told(hints, django_capture_on_commit_callbacks, talk, new("a"), new("b", client_id="k1"))
        assert hint["conversation"] == talk.pk
        assert [row["sequence"] for row in hint["rows"]] == list(range(hint["after"] + 1, hint["upto"] + 1))
        messages = [row["message"] for row in hint["rows"]]
        assert [(row["text"], row["client_id"]) for row in messages if row] == [("a", ""), ("b", "k1")]

    @pytest.mark.parametrize(
        ("messages", "carried"),
        [
            ([new(f"{number}") for number in range(MAX_ROWS)], MAX_ROWS),
            ([new(f"{number}") for number in range(MAX_ROWS + 1)], 0),
            ([new("x" * (MAX_TEXT_LENGTH // MAX_ROWS))], 1),
            ([new("short"), new("x" * (MAX_TEXT_LENGTH // MAX_ROWS + 1))], 0),
        ],
        ids=["most rows", "a row more", "longest text", "a longer text"],
    )
    def test_a_large_one_is_sent_without_rows_but_with_its_sequences(
        self,
        talk: Conversation,
        hints: list[Changed],
        django_capture_on_commit_callbacks: Any,
        messages: list[NewMessage],
        carried: int,
    ) -> None:
        hint = self.told(hints, django_capture_on_commit_callbacks, talk, *messages)
        assert len(hint["rows"]) == carried
        assert hint["upto"] - hint["after"] == len(messages)

    def test_nothing_new_sends_none(
        self, talk: Conversation, hints: list[Changed], django_capture_on_commit_callbacks: Any
    ) -> None:
        self.told(hints, django_capture_on_commit_callbacks, talk, new())
        hints.clear()
        with django_capture_on_commit_callbacks(execute=True):
            add(talk, new())
        assert hints == []

    def test_the_conversation_has_another_version_when_the_transaction_commits(
        self, talk: Conversation, django_capture_on_commit_callbacks: Any
    ) -> None:
        key = [conversation_key(talk.pk)]
        before = versions.read(key)
        with django_capture_on_commit_callbacks() as callbacks:
            add(talk, new())
        assert versions.read(key) == before
        for callback in callbacks:
            callback()
        assert versions.read(key) != before
