"""What is told about a conversation while it happens: the name of its group, and what is sent there.

A hint may be lost or come late; the database is the truth. It says up to which number the conversation goes now and,
where that is cheap, carries the new rows, so that a reader who has all before them need not ask for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypedDict

from accounts.models import ActorKind, Agent, User
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


class Person(TypedDict):
    """An agent: the external id, and the name as staff read it."""

    id: str
    name: str


class About(TypedDict):
    """Whom an event is about, see `conversations.models.Event`; for staff alone.

    `by`: who did it, where `agent` is the one of the event and `staff` anybody else who was signed in, named in
    `by_name`. Queues by their names, "" for none.
    """

    by: Literal["agent", "customer", "staff", "system"]
    by_name: str
    agent: Person | None
    to_agent: Person | None
    from_queue: str
    to_queue: str


class EventRow(TypedDict):
    """An event as sockets carry it: `message` for those that tell of one, `about` for the others."""

    sequence: int
    type: str
    at: float
    message: MessageRow | None
    about: About | None


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


def row_of(message: Message) -> EventRow:
    """The row of the event of its arrival."""
    return EventRow(
        sequence=message.sequence,
        type=EventType.MESSAGE_ADDED.value,
        at=message.created_at.timestamp(),
        message=message_row(message),
        about=None,
    )


def rows_of(found: Sequence[Message | Event]) -> list[EventRow]:
    """In their order; a message stands for the event of its arrival.

    Reads of each event `message`, the agents with their users, and the queues. One more query where staff did something
    to another one's conversation.
    """
    names = _names_of_staff(row for row in found if isinstance(row, Event))
    return [_event_row(row, names) if isinstance(row, Event) else row_of(row) for row in found]


def _event_row(event: Event, names: Mapping[str, str]) -> EventRow:
    if event.message is not None:
        return row_of(event.message)
    by = _by(event)
    return EventRow(
        sequence=event.sequence,
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
    ids = {event.actor_id for event in events if event.message is None and _by(event) == "staff"}
    return {str(user.pk): str(user) for user in User.objects.filter(pk__in=ids)} if ids else {}


def _person(agent: Agent | None) -> Person | None:
    return Person(id=agent.external_id, name=str(agent.user or agent)) if agent is not None else None


def hint_of(conversation: Conversation, rows: Sequence[Event] = ()) -> Changed:
    """`rows`: all its new events, or none."""
    upto = conversation.last_sequence
    fits = len(rows) <= MOST_ROWS and all(
        row.message is None or len(row.message.text) <= LONGEST_TEXT // MOST_ROWS for row in rows
    )
    carried: list[Any] = rows_of(rows) if fits else []
    after = rows[0].sequence - 1 if rows else upto
    return Changed(type="conversation.changed", conversation=conversation.pk, after=after, upto=upto, rows=carried)
