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

from accounts.models import ActorKind
from conversations.models import Conversation, Event, EventType, Participant

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


def moves_of(conversation: Conversation, people: Sequence[Participant]) -> Moves:
    """Return the moves of `people`, the conversation's agents in the order in which they joined. One query."""
    rows = Event.objects.filter(conversation=conversation, type__in=(EventType.AGENT_JOINED, EventType.AGENT_LEFT))
    events = list(rows.order_by("sequence").only("sequence", "type", "actor_kind", "occurred_at"))
    return Moves(dict(_joined(events, people)), frozenset(_passed_on(events, people)))


def _joined(events: Sequence[Event], people: Sequence[Participant]) -> Iterable[tuple[int, tuple[str, Arrival]]]:
    # The nth "agent joined" event belongs to the nth agent.
    joins = [event for event in events if event.type == EventType.AGENT_JOINED]
    previous = {event.sequence: earlier for earlier, event in itertools.pairwise(events)}
    for index, (event, person) in enumerate(zip(joins, people, strict=False)):
        leave = previous.get(event.sequence)
        is_back = (
            leave is not None
            and leave.type == EventType.AGENT_LEFT
            and index > 0
            and people[index - 1].agent_id == person.agent_id
        )
        arrival: Arrival = "new"
        if leave is not None and is_back:
            arrival = "at_once" if event.occurred_at - leave.occurred_at < AT_ONCE else "back"
        yield event.sequence, (first_name(person), arrival)


def _passed_on(events: Sequence[Event], people: Sequence[Participant]) -> Iterable[int]:
    joined = dict(_joined(events, people))
    for event, following in itertools.zip_longest(events, events[1:]):
        if event.type != EventType.AGENT_LEFT or event.actor_kind == ActorKind.SYSTEM:
            continue
        join = joined.get(following.sequence) if following is not None else None
        if join is None or join[1] != "at_once":
            yield event.sequence


def first_name(participant: Participant) -> str:
    """Return the name that customers see of an agent; "" for one without a name: another system's id is not a name."""
    agent = participant.agent
    if agent is not None and agent.user is not None:
        return agent.user.first_name
    name = participant.name or (agent.name if agent is not None else "")
    return name.split()[0] if name.split() else ""
