"""Hints about a conversation while it goes on: the name of its group, and the rows that are sent there.

A hint may be lost or come late; the database is the truth. It holds the newest sequence of the conversation and, where
that is cheap, the new rows, so that a reader who has all rows before them need not read the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypedDict

from accounts.models import ActorKind, Agent, Event, User
from conversations.identity import as_given
from conversations.models import Conversation, EventType, Message

# A larger hint costs more than a read of the database: it is sent without rows.
MAX_ROWS, MAX_TEXT_LENGTH = 20, 16_000


class MessageRow(TypedDict):
    """A message as sockets carry it. `client_id`: the sender's own id, or "". Times in seconds since the epoch."""

    id: str
    client_id: str
    kind: str
    role: str
    sender: str
    text: str
    sent_at: float
    created_at: float


class Person(TypedDict):
    """An agent: external id, and the name that staff see."""

    id: str
    name: str


class About(TypedDict):
    """Whom an event is about (`accounts.models.Event`). Only staff may see it.

    `by`: who did it; "agent" is the event's own agent, "staff" anybody else who was signed in, named in `by_name`.
    Queues are given by name, "" for none.
    """

    by: Literal["agent", "customer", "staff", "system"]
    by_name: str
    agent: Person | None
    to_agent: Person | None
    from_queue: str
    to_queue: str


class EventRow(TypedDict):
    """An event as sockets carry it: with `message` for a new message, with `about` for every other type."""

    sequence: int
    type: str
    at: float
    message: MessageRow | None
    about: About | None


class Changed(TypedDict):
    """The hint. `rows`: all rows after the sequence `after` up to `upto`, or none."""

    type: str
    conversation: str
    after: int
    upto: int
    rows: list[EventRow]


def conversation_group(conversation_id: str) -> str:
    """Return the group of a conversation's readers: staff, and the customer's page, which shows chat messages only."""
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


def row_of(message: Message) -> EventRow:
    """Return the row of the event that a message was added."""
    return EventRow(
        sequence=message.sequence,
        type=EventType.MESSAGE_ADDED.value,
        at=message.created_at.timestamp(),
        message=message_row(message),
        about=None,
    )


def rows_of(found: Sequence[Message | Event]) -> list[EventRow]:
    """Return the rows in the order given; a message stands for the event that it was added.

    Reads each event's agents with their users, and queues. One more query where staff acted on a conversation of
    somebody else.
    """
    names = _names_of_staff(row for row in found if isinstance(row, Event))
    return [_event_row(row, names) if isinstance(row, Event) else row_of(row) for row in found]


def _event_row(event: Event, names: Mapping[str, str]) -> EventRow:
    by = _by(event)
    return EventRow(
        sequence=event.sequence or 0,  # each event of a conversation has one
        type=event.type,
        at=event.occurred_at.timestamp(),
        message=None,
        about=About(
            by=by,
            by_name=names.get(event.actor_id, "") if by == "staff" else "",
            agent=_person(event.agent),
            to_agent=_person(event.to_agent),
            from_queue=event.from_queue.label if event.from_queue else "",
            to_queue=event.to_queue.label if event.to_queue else "",
        ),
    )


def _by(event: Event) -> Literal["agent", "customer", "staff", "system"]:
    if event.actor_kind == ActorKind.CUSTOMER:
        return "customer"
    if event.actor_kind != ActorKind.USER:
        return "system"
    is_agent = event.agent is not None and str(event.agent.user_id) == event.actor_id
    return "agent" if is_agent else "staff"


def _names_of_staff(events: Iterable[Event]) -> dict[str, str]:
    ids = {event.actor_id for event in events if _by(event) == "staff"}
    return {str(user.pk): str(user) for user in User.objects.filter(pk__in=ids)} if ids else {}


def _person(agent: Agent | None) -> Person | None:
    return Person(id=agent.external_id, name=agent.display_name) if agent is not None else None


def hint_of(conversation: Conversation, rows: Sequence[Message | Event] = ()) -> Changed:
    """Return the hint for a conversation. `rows`: all its new messages and other events, or none."""
    upto = conversation.last_sequence
    fits = len(rows) <= MAX_ROWS and all(
        not isinstance(row, Message) or len(row.text) <= MAX_TEXT_LENGTH // MAX_ROWS for row in rows
    )
    carried: list[Any] = rows_of(rows) if fits else []
    after = (rows[0].sequence or 0) - 1 if rows else upto
    return Changed(type="conversation.changed", conversation=conversation.pk, after=after, upto=upto, rows=carried)
