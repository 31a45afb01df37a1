"""What is told about a conversation while it happens: the name of its group, and what is sent there.

A hint may be lost or come late; the database is the truth. It says up to which number the conversation goes now and,
where that is cheap, carries the new rows, so that a reader who has all before them need not ask for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

from conversations.identity import as_given
from conversations.models import Conversation, Event, EventType, Message

# Longer hints are not worth their way: the reader asks the database.
MOST_ROWS, LONGEST_TEXT = 20, 16_000


class MessageRow(TypedDict):
    """A message as sockets carry it. `client_id`: as its sender gave it, or "". Times: seconds since the epoch."""

    id: str
    client_id: str
    kind: str
    role: str
    sender: str
    text: str
    sent_at: float
    created_at: float


class EventRow(TypedDict):
    """An event as sockets carry it; `message` for those that tell of one."""

    sequence: int
    type: str
    at: float
    message: MessageRow | None


class Changed(TypedDict):
    """The hint. `rows` are those after `after` up to `upto`, or none at all."""

    type: str
    conversation: str
    after: int
    upto: int
    rows: list[EventRow]


def conversation_group(conversation_id: str) -> str:
    """Who follows a conversation: staff that may read all of it, and the customer's side, which shows chat only."""
    return f"conversation.{conversation_id}"


def message_row(message: Message) -> MessageRow:
    return MessageRow(
        id=message.pk,
        client_id=as_given(message.client_id),
        kind=message.kind,
        role=message.role,
        sender=message.sender_external_id,
        text=message.text,
        sent_at=message.sent_at.timestamp(),
        created_at=message.created_at.timestamp(),
    )


def event_row(event: Event) -> EventRow:
    """Reads `event.message`."""
    return EventRow(
        sequence=event.sequence,
        type=event.type,
        at=event.occurred_at.timestamp(),
        message=message_row(event.message) if event.message else None,
    )


def row_of(row: Message | Event) -> EventRow:
    """As `event_row`; a message stands for the event of its arrival."""
    if isinstance(row, Event):
        return event_row(row)
    return EventRow(
        sequence=row.sequence,
        type=EventType.MESSAGE_ADDED.value,
        at=row.created_at.timestamp(),
        message=message_row(row),
    )


def hint_of(conversation: Conversation, rows: Sequence[Event] = ()) -> Changed:
    """`rows`: all its new events, or none."""
    upto = conversation.last_sequence
    fits = len(rows) <= MOST_ROWS and all(
        row.message is None or len(row.message.text) <= LONGEST_TEXT // MOST_ROWS for row in rows
    )
    carried: list[Any] = [event_row(row) for row in rows] if fits else []
    after = rows[0].sequence - 1 if rows else upto
    return Changed(type="conversation.changed", conversation=conversation.pk, after=after, upto=upto, rows=carried)
