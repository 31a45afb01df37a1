"""Adds messages to conversations: the rows, their events, the conversations' sequences and the hints, all or nothing.

The number of SQL statements does not grow with the number of messages or conversations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Unpack

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.actors import Actor
from accounts.event_log.writing import About, unsaved_event
from accounts.ids import new_ulid
from accounts.models import ActorKind, Event
from caching.channel_layer import invalidate_and_send
from conversations.errors import ErasedError, ResendMismatchError
from conversations.events import Changed, conversation_group, hint_of
from conversations.identity import DerivedKeys, as_given, given, text_digest
from conversations.inserting import insert_all
from conversations.models import Conversation, EventType, Message, MessageKind, SenderRole
from conversations.selectors import Scope, conversation_key
from safety.engine.masking import Redactor
from safety.services import redactor_for

# A conversation's id, and a client id as the database stores it.
Key = tuple[str, str]
ScopedText = tuple[Scope, str]


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to store. `client_id`: the sender's own id for it, if there is one."""

    role: str
    sender: str
    text: str
    sent_at: datetime
    client_id: str = ""
    kind: str = MessageKind.CHAT


# Who adds a message to which conversation.
Addition = tuple[Actor, Conversation, NewMessage]


def lock_conversations(ids: Collection[str]) -> dict[str, Conversation]:
    """Return the conversations that exist, locked to the end of the transaction, by id.

    They are locked in the order of their ids, so that two transactions never wait for each other.
    """
    rows = Conversation.objects.select_for_update().filter(pk__in=set(ids)).order_by("pk")
    return {row.pk: row for row in rows}


def stored_under(keys: Collection[Key]) -> dict[Key, Message]:
    """Return the messages that are stored under any of these keys."""
    if not keys:
        return {}
    rows = Message.objects.filter(
        conversation__in={conversation_id for conversation_id, _ in keys},
        client_id__in={client_id for _, client_id in keys},
    )
    return {(row.conversation_id, row.client_id): row for row in rows}


def add_messages(*, by: Actor, conversation: Conversation, messages: Sequence[NewMessage]) -> list[Message]:
    """Store messages, redacted, in the order given. Return the stored rows in that order.

    A message that was stored before (same client id or, without one, same role, sender, time and text) is not stored
    again: its stored row is returned. Raises ResendMismatchError when a client id comes back with another message, and
    ErasedError for an erased conversation; then nothing is stored.
    """
    # Before the transaction: SQLite has one write lock for all, and no text is processed while it is held.
    unsaved = unsaved_messages([(by, conversation, message) for message in messages])
    with transaction.atomic():
        locked = lock_conversations([conversation.pk])
        if locked[conversation.pk].erased_at is not None:
            raise ErasedError(conversation.pk)
        stored = []
        for row in add_to_locked(unsaved, locked, stored_under({key_of(message.row) for message in unsaved})):
            if isinstance(row, ResendMismatchError):
                raise row
            stored.append(row)
    return stored


@dataclass(frozen=True, slots=True)
class UnsavedMessage:
    """A message's row, redacted, without its sequence yet."""

    by: Actor
    row: Message


def key_of(row: Message) -> Key:
    return row.conversation_id, row.client_id


def redactors_of(scopes: Collection[Scope]) -> dict[Scope, Redactor]:
    """Return the redactor of each scope. One query for each."""
    return {scope: redactor_for(scope.company_id, scope.environment) for scope in scopes}


def redacted_texts(
    texts: Collection[ScopedText], redactors: Mapping[Scope, Redactor] | None = None
) -> dict[ScopedText, str]:
    """Return each text as it may be stored."""
    if redactors is None:
        redactors = redactors_of({scope for scope, _ in texts})
    return {(scope, text): redactors[scope].redact(text) for scope, text in texts}


def unsaved_messages(
    additions: Sequence[Addition], redacted: Mapping[ScopedText, str] | None = None
) -> list[UnsavedMessage]:
    """Return the rows of these messages. Equal messages without a client id are told apart by their order.

    `redacted`: what `redacted_texts` returned for their texts, before a transaction.
    """
    if redacted is None:
        redacted = redacted_texts({(_scope_of(conversation), message.text) for _, conversation, message in additions})
    keys: defaultdict[str, DerivedKeys] = defaultdict(DerivedKeys)
    return [
        UnsavedMessage(
            by,
            _row(by, conversation, message, keys[conversation.pk], redacted[_scope_of(conversation), message.text]),
        )
        for by, conversation, message in additions
    ]


def _scope_of(conversation: Conversation) -> Scope:
    return Scope(conversation.company_id, conversation.environment)


def _row(by: Actor, conversation: Conversation, message: NewMessage, keys: DerivedKeys, redacted: str) -> Message:
    client_id = (
        given(message.client_id)
        if message.client_id
        else keys.key(role=message.role, sender=message.sender, sent_at=message.sent_at, text=message.text)
    )
    return Message(
        id=new_ulid(),
        company_id=conversation.company_id,
        conversation=conversation,
        client_id=client_id,
        kind=message.kind,
        role=message.role,
        sender_external_id=message.sender,
        text=redacted,
        is_automatic=by.kind == ActorKind.SYSTEM and message.role == SenderRole.AGENT,
        text_digest=text_digest(conversation.pk, client_id, message.text) if message.client_id else None,
        sent_at=message.sent_at,
        created_at=timezone.now(),
    )


def add_to_locked(
    unsaved: Sequence[UnsavedMessage], locked: Mapping[str, Conversation], known: dict[Key, Message]
) -> list[Message | ResendMismatchError]:
    """Store the messages that are not stored yet, in this order.

    Return the stored row of each, or ResendMismatchError where its key belongs to another message. The open transaction
    has locked the conversations. `known`: the rows stored under the messages' keys; new rows are added to it.
    """
    rows: list[Message | ResendMismatchError] = []
    new: list[UnsavedMessage] = []
    for message in unsaved:
        stored = known.get(key_of(message.row))
        if stored is None:
            conversation = locked[message.row.conversation_id]
            conversation.last_sequence += 1
            message.row.sequence = conversation.last_sequence
            known[key_of(message.row)] = stored = message.row
            new.append(message)
        rows.append(stored if _is_same(stored, message.row) else ResendMismatchError())
    if new:
        _insert(new, locked)
    return rows


def _is_same(stored: Message, again: Message) -> bool:
    """Is the second message under one key the first one, sent again?

    A redaction rule that changed in between does not matter: a derived key is made of the text as it was sent, and a
    message with a client id has a digest of that text.
    """
    if (stored.kind, stored.role, stored.sender_external_id) != (again.kind, again.role, again.sender_external_id):
        return False
    if stored.text == again.text or not as_given(again.client_id):
        return True
    return stored.text_digest is not None and bytes(stored.text_digest) == again.text_digest


def _insert(new: Sequence[UnsavedMessage], locked: Mapping[str, Conversation]) -> None:
    insert_all([message.row for message in new])
    insert_all([event_of_message(message.by, locked[message.row.conversation_id], message.row) for message in new])
    by_conversation: defaultdict[str, list[Message]] = defaultdict(list)
    for message in new:
        by_conversation[message.row.conversation_id].append(message.row)
    # One statement for all conversations that got the same number of events: mostly one statement.
    for count in {len(own) for own in by_conversation.values()}:
        ids = [id_ for id_, own in by_conversation.items() if len(own) == count]
        Conversation.objects.filter(pk__in=ids).update(last_sequence=F("last_sequence") + count)
    announce([hint_of(locked[id_], own) for id_, own in by_conversation.items()])


def announce(changes: Sequence[Changed]) -> None:
    """When the open transaction commits, replace the versions of these conversations and send the hints."""
    keys = [conversation_key(change["conversation"]) for change in changes]
    hints = [(conversation_group(change["conversation"]), change) for change in changes]
    transaction.on_commit(lambda: invalidate_and_send(keys, hints))


def event_of(by: Actor, conversation: Conversation, type_: EventType, sequence: int, **about: Unpack[About]) -> Event:
    """Return the event of a conversation, which the caller saves."""
    event = unsaved_event(by, type_, environment=conversation.environment, **about)
    event.conversation_id, event.sequence = conversation.pk, sequence
    return event


def event_of_message(by: Actor, conversation: Conversation, message: Message) -> Event:
    """Return the event that a message was added. They share the sequence."""
    payload = {"role": message.role, "kind": message.kind}
    if message.role == SenderRole.AGENT:  # a customer's id is personal data, which the log does not hold
        payload["sender"] = message.sender_external_id
    event = event_of(
        by, conversation, EventType.MESSAGE_ADDED, message.sequence, at=message.created_at, payload=payload
    )
    event.message_id = message.pk
    return event
