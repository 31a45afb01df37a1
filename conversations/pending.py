"""Pending messages: several that are sent at the same time are stored in one transaction.

Each message alone would cost its own check of who may write, its own commit, and on most disks an fsync of
milliseconds; thirty messages in one transaction share all of these. `conversations.message_batcher` collects them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db import transaction

from accounts.actors import Actor
from conversations.adding import (
    Key,
    NewMessage,
    ScopedText,
    add_to_locked,
    lock_conversations,
    redacted_texts,
    redactors_of,
    stored_under,
    unsaved_messages,
)
from conversations.identity import given
from conversations.models import Conversation, Message
from conversations.selectors import Scope
from safety.engine.masking import Redactor

M = TypeVar("M", bound="PendingMessage")
T = TypeVar("T")


@dataclass(slots=True)
class Locked:
    """The conversations of the messages, locked, and the messages stored under the same keys."""

    conversations: dict[str, Conversation]
    known: dict[Key, Message]

    def stored(self, message: PendingMessage) -> Message | None:
        return self.known.get(message.key)

    def reload(self, conversation_id: str) -> Conversation:
        """Read a conversation again. Call this after writing to it: its sequence has grown."""
        self.conversations[conversation_id] = Conversation.objects.get(pk=conversation_id)
        return self.conversations[conversation_id]


class PendingMessage(ABC):
    """One message on its way into a conversation, with the client id that its sender gave it.

    Each kind of sender has a subclass. Its class methods handle all pending messages of that kind in a few queries.
    """

    by: Actor
    conversation_id: str
    client_id: str
    text: str

    @property
    @abstractmethod
    def scope(self) -> Scope:
        """Return the sender's scope. Nothing is stored in a conversation of another scope."""

    @classmethod
    def prepared(
        cls: type[M],
        messages: Sequence[M],
        redactors: Mapping[Scope, Redactor],  # noqa: ARG003 kinds that hold more text use them
    ) -> list[tuple[M, Exception | None]]:
        """Return each message as the transaction needs it, and the reason to refuse its text, if there is one.

        This runs before the transaction: whatever takes time for a long text belongs here.
        """
        return [(message, None) for message in messages]

    @property
    def key(self) -> Key:
        return self.conversation_id, given(self.client_id)

    @classmethod
    @abstractmethod
    def validate(cls: type[M], messages: Sequence[M], locked: Locked) -> list[NewMessage | Message | Exception]:
        """Return for each message what to store, the row that was stored before, or the reason to refuse it.

        A conversation that is not in `locked` does not exist.
        """

    @classmethod
    @abstractmethod
    def after_store(cls: type[M], stored: Sequence[tuple[M, Message]]) -> None:
        """Write the rows that depend on messages stored just now, in the same transaction."""


def store_all(messages: Sequence[PendingMessage]) -> list[Message | Exception]:
    """Return the stored row of each message, or the reason why it was refused. A refused message stops no other.

    Raises what the database raises; then none of the messages is stored.
    """
    # Before the transaction: SQLite has one write lock for all, and no text is processed while it is held.
    redactors = redactors_of({message.scope for message in messages})
    prepared = _by_kind(messages, lambda kind, own: kind.prepared(own, redactors))
    messages = [message for message, _ in prepared]
    refused = {index: reason for index, (_, reason) in enumerate(prepared) if reason is not None}
    return _store(messages, redacted_texts({(message.scope, message.text) for message in messages}, redactors), refused)


@transaction.atomic
def _store(
    messages: Sequence[PendingMessage], redacted: Mapping[ScopedText, str], refused: Mapping[int, Exception]
) -> list[Message | Exception]:
    conversations = lock_conversations([message.conversation_id for message in messages])
    locked = Locked(conversations, stored_under({message.key for message in messages}))
    validated = _validate(messages, locked, refused)
    additions = {
        index: (messages[index].by, locked.conversations[messages[index].conversation_id], result)
        for index, result in enumerate(validated)
        if isinstance(result, NewMessage)
    }
    unsaved = unsaved_messages(list(additions.values()), redacted)
    rows = dict(zip(additions, add_to_locked(unsaved, locked.conversations, locked.known), strict=True))
    new = defaultdict(list)
    for index, message in zip(additions, unsaved, strict=True):
        if rows[index] is message.row:  # else another message of this batch has the same client id
            new[type(messages[index])].append((messages[index], message.row))
    for kind, stored in new.items():
        kind.after_store(stored)
    return [
        result if isinstance(result, Message | Exception) else rows[index] for index, result in enumerate(validated)
    ]


def _validate(
    messages: Sequence[PendingMessage], locked: Locked, refused: Mapping[int, Exception]
) -> list[NewMessage | Message | Exception]:
    results = _by_kind(messages, lambda kind, own: kind.validate(own, locked))
    return [
        # A message that is stored already passed the rules of its time; it is only compared.
        refused.get(index, result)
        if isinstance(result, NewMessage) and messages[index].key not in locked.known
        else result
        for index, result in enumerate(results)
    ]


def _by_kind(
    messages: Sequence[PendingMessage], ask: Callable[[type[PendingMessage], Sequence[PendingMessage]], Sequence[T]]
) -> list[T]:
    """Call `ask` once for each kind with its messages. Return the results in the order of all messages."""
    indexes: defaultdict[type[PendingMessage], list[int]] = defaultdict(list)
    for index, message in enumerate(messages):
        indexes[type(message)].append(index)
    results: dict[int, T] = {}
    for kind, own in indexes.items():
        results.update(zip(own, ask(kind, [messages[index] for index in own]), strict=True))
    return [results[index] for index in range(len(messages))]


def store_one(message: PendingMessage) -> Message:
    """Store one message as `store_all` does. Raises the reason why it was refused."""
    [result] = store_all([message])
    if isinstance(result, Exception):
        raise result
    return result
