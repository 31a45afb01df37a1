"""Rows that are inserted with one statement are the rows that Django would have written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError
from django.db.models import Model

from accounts.models import Event
from conversations.inserting import insert_all
from conversations.models import Conversation, EventType, Message, MessageKind, SenderRole
from tests.factories import make_company, make_conversation

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 28, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def conversation() -> Conversation:
    return make_conversation(make_company())


def message(conversation: Conversation, sequence: int, text: str = "naïve 👍 100 % %s") -> Message:
    return Message(
        company_id=conversation.company_id,
        conversation=conversation,
        sequence=sequence,
        client_id=f"c:{sequence}",
        kind=MessageKind.CHAT,
        role=SenderRole.AGENT,
        text=text,
        text_digest=bytes(range(16)),
        sent_at=NOON,
        created_at=NOON,
    )


def values(row: Model) -> dict[str, object]:
    found = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return {name: bytes(value) if isinstance(value, memoryview) else value for name, value in found.items()}


def test_a_row_is_stored_as_it_is(conversation: Conversation) -> None:
    first, second = message(conversation, 101), message(conversation, 102)
    event = Event(
        company_id=conversation.company_id, conversation_id=conversation.pk, sequence=101,
        type=EventType.MESSAGE_ADDED, message_id=first.pk, actor_kind="system", occurred_at=NOON,
        payload={"role": "agent", "text": "naïve"},
    )  # fmt: skip
    insert_all([first, second])
    insert_all([event])
    for row in (first, second):
        assert values(Message.objects.get(pk=row.pk)) == values(row)
        assert not row._state.adding
    assert values(Event.objects.get(pk=event.pk)) == values(event)


def test_nothing_is_no_statement(django_assert_num_queries: pytest.FixtureRequest) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator] # pytest-django has no type for it
        insert_all([])


@pytest.mark.django_db(transaction=True)
def test_a_row_that_breaks_a_rule_leaves_none(conversation: Conversation) -> None:
    with pytest.raises(IntegrityError):
        insert_all([message(conversation, 101), message(conversation, 101)])
    assert not Message.objects.filter(sequence=101).exists()


def test_conflicts_are_ignored_where_that_is_asked_for(conversation: Conversation) -> None:
    insert_all([message(conversation, 101, "first")])
    insert_all([message(conversation, 101, "again"), message(conversation, 102, "new")], ignore_conflicts=True)
    texts = Message.objects.filter(sequence__gt=100).order_by("sequence").values_list("text", flat=True)
    assert list(texts) == ["first", "new"]
