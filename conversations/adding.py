"""Adds messages to conversations: the rows, their events, the conversations' numbers and the hints, all or nothing.

However many messages of however many conversations are added together, it is the same few statements.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.actors import Actor
from accounts.ids import new_ulid
from accounts.models import Agent, Queue
from caching.channel_layer import invalidate_and_send
from conversations.errors import ResendMismatchError
from conversations.events import Changed, conversation_group, hint_of
from conversations.identity import DerivedKeys, as_given, given, text_digest
from conversations.models import Conversation, Event, EventType, Message, MessageKind
from conversations.selectors import Scope, conversation_key
from safety.engine.masking import Redactor
from safety.services import redactor_for

# A conversation and a client id as the database has it.
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


@dataclass(frozen=True, slots=True)
class Addition:
    """A message for one conversation, and who does it."""

    by: Actor
    conversation: Conversation
    message: NewMessage


def lock_conversations(ids: Collection[str]) -> dict[str, Conversation]:
    """Those that exist, locked to the end of the transaction: numbers are given out in one order.

    Always in the order of their ids, so that two transactions never wait for each other.
    """
    rows = Conversation.objects.select_for_update().filter(pk__in=set(ids)).order_by("pk")
    return {row.pk: row for row in rows}


def stored_under(keys: Collection[Key]) -> dict[Key, Message]:
    """The messages that are stored under any of these keys."""
    if not keys:
        return {}
    rows = Message.objects.filter(
        conversation__in={conversation_id for conversation_id, _ in keys},
        client_id__in={client_id for _, client_id in keys},
    )
    return {(row.conversation_id, row.client_id): row for row in rows}


def add_messages(*, by: Actor, conversation: Conversation, messages: Sequence[NewMessage]) -> list[Message]:
    """Store messages, redacted, in the order given; returns the stored rows in that order.

    One that was stored before (same client id or, without one, same role, sender, time and text) is returned
    as it stands and not stored again. Raises ResendMismatchError when a client id comes back with another
    message. All or nothing.
    """
    # Before the transaction: SQLite has one write lock for all, and text is not worked on while it is held.
    drafts = drafts_of([Addition(by, conversation, message) for message in messages])
    with transaction.atomic():
        locked = lock_conversations([conversation.pk])
        stored = []
        for row in add_to_locked(drafts, locked, stored_under({key_of(draft.row) for draft in drafts})):
            if isinstance(row, ResendMismatchError):
                raise row
            stored.append(row)
    return stored


@dataclass(frozen=True, slots=True)
class Draft:
    """A message's row, redacted, without its number yet."""

    by: Actor
    row: Message


def key_of(row: Message) -> Key:
    return row.conversation_id, row.client_id


def redactors_of(scopes: Collection[Scope]) -> dict[Scope, Redactor]:
    """What takes out of the texts of each scope. One query for each."""
    return {scope: redactor_for(scope.company_id, scope.environment) for scope in scopes}


def redacted_texts(
    texts: Collection[ScopedText], redactors: Mapping[Scope, Redactor] | None = None
) -> dict[ScopedText, str]:
    """Each text as it may be stored."""
    if redactors is None:
        redactors = redactors_of({scope for scope, _ in texts})
    return {(scope, text): redactors[scope].redact(text) for scope, text in texts}


def drafts_of(additions: Sequence[Addition], redacted: Mapping[ScopedText, str] | None = None) -> list[Draft]:
    """The rows of these messages. Equal ones that their sender did not name are told apart by their place.

    `redacted`: their texts as `redacted_texts` has them, from before a transaction.
    """
    if redacted is None:
        redacted = redacted_texts({(_scope_of(one.conversation), one.message.text) for one in additions})
    keys: defaultdict[str, DerivedKeys] = defaultdict(DerivedKeys)
    now = timezone.now()
    return [
        Draft(
            one.by, _row(one, keys[one.conversation.pk], redacted[_scope_of(one.conversation), one.message.text], now)
        )
        for one in additions
    ]


def _scope_of(conversation: Conversation) -> Scope:
    return Scope(conversation.company_id, conversation.environment)


def _row(addition: Addition, keys: DerivedKeys, redacted: str, now: datetime) -> Message:
    conversation, message = addition.conversation, addition.message
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
        text_digest=text_digest(conversation.pk, client_id, message.text) if message.client_id else None,
        sent_at=message.sent_at,
        created_at=now,
    )


def add_to_locked(
    drafts: Sequence[Draft], locked: Mapping[str, Conversation], known: dict[Key, Message]
) -> list[Message | ResendMismatchError]:
    """Store what is not stored yet, in this order; the stored row of each, or that it is another message.

    The open transaction has locked the conversations. `known`: what is stored under the drafts' keys; it gets the rest.
    """
    rows: list[Message | ResendMismatchError] = []
    fresh: list[Draft] = []
    for draft in drafts:
        before = known.get(key_of(draft.row))
        if before is None:
            conversation = locked[draft.row.conversation_id]
            conversation.last_sequence += 1
            draft.row.sequence = conversation.last_sequence
            known[key_of(draft.row)] = before = draft.row
            fresh.append(draft)
        rows.append(before if _is_same(before, draft.row) else ResendMismatchError())
    if fresh:
        _insert(fresh, locked)
    return rows


def _is_same(stored: Message, again: Message) -> bool:
    """Two messages under one key: is it one that was sent twice?

    A redaction rule that changed in between makes no other message of it: a derived key is of the text as it was sent,
    and for one that its sender named there is a digest of that.
    """
    if (stored.kind, stored.role, stored.sender_external_id) != (again.kind, again.role, again.sender_external_id):
        return False
    if stored.text == again.text or not as_given(again.client_id):
        return True
    return stored.text_digest is not None and bytes(stored.text_digest) == again.text_digest


def _insert(fresh: Sequence[Draft], locked: Mapping[str, Conversation]) -> None:
    Message.objects.bulk_create([draft.row for draft in fresh])
    added = [
        event_of(draft.by, locked[draft.row.conversation_id], EventType.MESSAGE_ADDED, draft.row.sequence, draft.row)
        for draft in fresh
    ]
    Event.objects.bulk_create(added)
    of: defaultdict[str, list[Event]] = defaultdict(list)
    for event in added:
        of[event.conversation_id].append(event)
    # One statement for all that got as many: mostly one.
    for count in {len(events) for events in of.values()}:
        grown = [id_ for id_, events in of.items() if len(events) == count]
        Conversation.objects.filter(pk__in=grown).update(last_sequence=F("last_sequence") + count)
    announce([hint_of(locked[id_], events) for id_, events in of.items()])


def announce(changes: Sequence[Changed]) -> None:
    """When the open transaction commits, replace the versions of these conversations and send the hints."""
    keys = [conversation_key(change["conversation"]) for change in changes]
    hints = [(conversation_group(change["conversation"]), change) for change in changes]
    transaction.on_commit(lambda: invalidate_and_send(keys, hints))


def event_of(
    by: Actor,
    conversation: Conversation,
    type_: EventType,
    sequence: int,
    message: Message | None = None,
    **about: Agent | Queue | None,
) -> Event:
    return Event(
        company_id=conversation.company_id,
        conversation=conversation,
        sequence=sequence,
        type=type_,
        message=message,
        actor_kind=by.kind,
        actor_id=by.id,
        occurred_at=message.created_at if message else timezone.now(),
        **about,
    )
