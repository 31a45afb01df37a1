"""What the customer is told of agents who join and leave.

An agent who loses the connection for a moment, or passes the conversation on and takes it back at once, counts as never
gone: the customer is told nothing. The customer is told that a colleague takes over only when a person passed the
conversation on, because what the desk requeues by itself may go to the same agent again.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from accounts.models import ActorKind, Event
from conversations.models import Conversation, EventType
from conversations.selectors import events_of

# An agent who is back within this time counts as never gone.
AT_ONCE = timedelta(seconds=60)

# How an agent came: for the first time, back after an absence, or back within AT_ONCE.
Arrival = Literal["new", "back", "at_once"]


@dataclass(frozen=True, slots=True)
class Moves:
    """The agents who joined and left, by the sequence numbers of the events.

    `joined` maps to the agent's first name and arrival; `passed_on` holds the events with which an agent passed the
    conversation on.
    """

    joined: Mapping[int, tuple[str, Arrival]] = field(default_factory=dict)
    passed_on: frozenset[int] = frozenset()

    def fields_of(self, type_: str, sequence: int) -> dict[str, Any]:
        """Return the fields that the customer's row of such an event has beside its type; {} for other events."""
        if type_ == EventType.AGENT_JOINED:
            name, arrival = self.joined.get(sequence, ("", "new"))
            return {"who": name, "came": arrival}
        if type_ == EventType.AGENT_LEFT:
            return {"passed_on": sequence in self.passed_on}
        return {}


def moves_of(conversation: Conversation) -> Moves:
    """Return the moves of the conversation's agents. One query."""
    rows = events_of([conversation.pk]).filter(type__in=(EventType.AGENT_JOINED, EventType.AGENT_LEFT))
    events = list(
        rows.order_by("sequence").only("sequence", "type", "actor_kind", "agent_id", "payload", "occurred_at")
    )
    return Moves(dict(_joined(events)), frozenset(_passed_on(events)))


def _joined(events: Sequence[Event]) -> Iterable[tuple[int, tuple[str, Arrival]]]:
    before: Event | None = None
    for event in events:
        if event.type == EventType.AGENT_JOINED:
            yield event.sequence or 0, (event.payload.get("name", ""), _arrival(event, before))
        before = event


def _arrival(join: Event, before: Event | None) -> Arrival:
    """Return how an agent came. `before`: the move before it."""
    if before is None or before.type != EventType.AGENT_LEFT or before.agent_id != join.agent_id:
        return "new"
    return "at_once" if join.occurred_at - before.occurred_at < AT_ONCE else "back"


def _passed_on(events: Sequence[Event]) -> Iterable[int]:
    joined = dict(_joined(events))
    for event, following in itertools.zip_longest(events, events[1:]):
        if event.type != EventType.AGENT_LEFT or event.actor_kind == ActorKind.SYSTEM:
            continue
        join = joined.get(following.sequence or 0) if following is not None else None
        if join is None or join[1] != "at_once":
            yield event.sequence or 0
