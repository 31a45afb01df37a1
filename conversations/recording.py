"""Writes the events of conversations: the one place where a transition says what happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from accounts.actors import Actor
from accounts.event_log.writing import About
from accounts.models import Event
from conversations.adding import announce, event_of
from conversations.events import hint_of
from conversations.models import Conversation, EventType


def record_event(by: Actor, conversation: Conversation, type_: EventType, **about: Unpack[About]) -> Event:
    """Write an event with the next sequence. The caller's transaction holds the conversation's lock."""
    conversation.last_sequence += 1
    conversation.save(update_fields=["last_sequence"])
    event = event_of(by, conversation, type_, conversation.last_sequence, **about)
    event.save(force_insert=True)
    return event


def announce_events(conversation: Conversation, rows: Sequence[Event] = ()) -> None:
    """Invalidate the conversation and send its hint when the transaction commits. `rows`: all new events, or none."""
    announce([hint_of(conversation, rows)])
