"""Messages that somebody waits to see stored, together with those of others: one transaction for all of them.

Each message alone would cost its own look at who may write, its own commit, and on most disks an fsync of milliseconds;
all of these are the same for thirty messages. `conversations.together` gathers what waits.
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
    Addition,
    Key,
    NewMessage,
    ScopedText,
    add_to_locked,
    drafts_of,
    lock_conversations,
    redacted_texts,
    redactors_of,
    stored_under,
)
from conversations.identity import given
from conversations.models import Conversation, Message
from conversations.selectors import Scope
from safety.engine.masking import Redactor

S = TypeVar("S", bound="Sending")
T = TypeVar("T")


@dataclass(slots=True)
class Locked:
    """The conversations of the messages, locked, and what is stored under the messages' keys."""

    conversations: dict[str, Conversation]
    known: dict[Key, Message]

    def stored(self, sending: Sending) -> Message | None:
        return self.known.get(sending.key)

    def look_again(self, conversation_id: str) -> Conversation:
        """Whoever writes to a conversation while its messages wait calls this: numbers were given out."""
        self.conversations[conversation_id] = Conversation.objects.get(pk=conversation_id)
        return self.conversations[conversation_id]


class Sending(ABC):
    """One message on its way into a conversation, from a sender who gave it a client id."""

    by: Actor
    conversation_id: str
    client_id: str
    text: str

    @property
    @abstractmethod
    def scope(self) -> Scope:
        """The sender's: nothing is stored in a conversation of another one."""

    @classmethod
    def prepared(
        cls: type[S],
        sendings: Sequence[S],
        redactors: Mapping[Scope, Redactor],  # noqa: ARG003 kinds that hold more text use them
    ) -> list[tuple[S, Exception | None]]:
        """Each as the transaction needs it, and why its words are not sent, whatever its conversation is.

        What takes time for a long text is done here: no transaction is open yet.
        """
        return [(one, None) for one in sendings]

    @property
    def key(self) -> Key:
        return self.conversation_id, given(self.client_id)

    @classmethod
    @abstractmethod
    def admit(cls: type[S], sendings: Sequence[S], locked: Locked) -> list[NewMessage | Message | Exception]:
        """What becomes of each: it is stored, it was stored before, or it is refused. In few queries for all.

        A conversation that is not in `locked` does not exist.
        """

    @classmethod
    @abstractmethod
    def settle(cls: type[S], stored: Sequence[tuple[S, Message]]) -> None:
        """Write what hangs on the messages that were stored now, in the same transaction."""


def store_all(sendings: Sequence[Sending]) -> list[Message | Exception]:
    """The stored row of each, or why it was refused; a refusal stops no other.

    Raises what the database raises: nothing is stored then, of none.
    """
    # Before the transaction: SQLite has one write lock for all, and text is not worked on while it is held.
    redactors = redactors_of({one.scope for one in sendings})
    prepared = _by_kind(sendings, lambda kind, own: kind.prepared(own, redactors))
    sendings = [sending for sending, _ in prepared]
    objections = {place: objection for place, (_, objection) in enumerate(prepared) if objection is not None}
    return _store(sendings, redacted_texts({(one.scope, one.text) for one in sendings}, redactors), objections)


@transaction.atomic
def _store(
    sendings: Sequence[Sending], redacted: Mapping[ScopedText, str], objections: Mapping[int, Exception]
) -> list[Message | Exception]:
    conversations = lock_conversations([one.conversation_id for one in sendings])
    locked = Locked(conversations, stored_under({one.key for one in sendings}))
    admitted = [
        # One that is stored already was sent by other rules; it is only compared.
        objections.get(place, one) if isinstance(one, NewMessage) and sendings[place].key not in locked.known else one
        for place, one in enumerate(_by_kind(sendings, lambda kind, own: kind.admit(own, locked)))
    ]
    additions = {
        place: Addition(sendings[place].by, locked.conversations[sendings[place].conversation_id], message)
        for place, message in enumerate(admitted)
        if isinstance(message, NewMessage)
    }
    drafts = drafts_of(list(additions.values()), redacted)
    rows = dict(zip(additions, add_to_locked(drafts, locked.conversations, locked.known), strict=True))
    new = defaultdict(list)
    for place, draft in zip(additions, drafts, strict=True):
        if rows[place] is draft.row:  # else another one of these has the same client id
            new[type(sendings[place])].append((sendings[place], draft.row))
    for kind, stored in new.items():
        kind.settle(stored)
    return [
        message if isinstance(message, Message | Exception) else rows[place] for place, message in enumerate(admitted)
    ]


def _by_kind(sendings: Sequence[Sending], ask: Callable[[type[Sending], Sequence[Sending]], Sequence[T]]) -> list[T]:
    """What each kind says of its own, in the order of all."""
    places: defaultdict[type[Sending], list[int]] = defaultdict(list)
    for place, sending in enumerate(sendings):
        places[type(sending)].append(place)
    said: dict[int, T] = {}
    for kind, own in places.items():
        said.update(zip(own, ask(kind, [sendings[place] for place in own]), strict=True))
    return [said[place] for place in range(len(sendings))]


def store_one(sending: Sending) -> Message:
    """As `store_all`. Raises why it was refused."""
    [result] = store_all([sending])
    if isinstance(result, Exception):
        raise result
    return result
