"""Messages that somebody waits to see stored, together with those of others: one transaction for all of them.

Each message alone would cost its own look at who may write, its own commit, and on most disks an fsync of milliseconds;
all of these are the same for thirty messages. `conversations.together` gathers what waits.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db import transaction

from accounts.actors import Actor
from conversations.adding import (
    Addition,
    Key,
    NewMessage,
    add_to_locked,
    drafts_of,
    lock_conversations,
    stored_under,
)
from conversations.identity import given
from conversations.models import Conversation, Message

S = TypeVar("S", bound="Sending")


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


@transaction.atomic
def store_all(sendings: Sequence[Sending]) -> list[Message | Exception]:
    """The stored row of each, or why it was refused; a refusal stops no other.

    Raises what the database raises: nothing is stored then, of none.
    """
    conversations = lock_conversations([one.conversation_id for one in sendings])
    locked = Locked(conversations, stored_under({one.key for one in sendings}))
    admitted = _by_kind(sendings, locked)
    additions = {
        place: Addition(sendings[place].by, locked.conversations[sendings[place].conversation_id], message)
        for place, message in enumerate(admitted)
        if isinstance(message, NewMessage)
    }
    drafts = drafts_of(list(additions.values()))
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


def _by_kind(sendings: Sequence[Sending], locked: Locked) -> list[NewMessage | Message | Exception]:
    """What each kind says of its own, in the order of all."""
    places: defaultdict[type[Sending], list[int]] = defaultdict(list)
    for place, sending in enumerate(sendings):
        places[type(sending)].append(place)
    said: dict[int, NewMessage | Message | Exception] = {}
    for kind, own in places.items():
        said.update(zip(own, kind.admit([sendings[place] for place in own], locked), strict=True))
    return [said[place] for place in range(len(sendings))]


def store_one(sending: Sending) -> Message:
    """As `store_all`. Raises why it was refused."""
    [result] = store_all([sending])
    if isinstance(result, Exception):
        raise result
    return result
