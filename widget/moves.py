"""Agents who come and go, as the customer is told.

A customer whose agent lost the line for a moment, or passed the conversation on and took it back, has the same agent
all the time and is told nothing. Only what a person passed on goes to a colleague for certain: what the desk took back
by itself may come to the same agent again.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from accounts.models import ActorKind
from conversations.models import Conversation, Event, EventType, Participant

# Who is back so soon was hardly away.
AT_ONCE = timedelta(seconds=60)

Came = Literal["new", "back", "at_once"]


@dataclass(frozen=True, slots=True)
class Moves:
    """By the numbers of the events: `joined` has the first name and how the agent came, `passed_on` those who left."""

    joined: Mapping[int, tuple[str, Came]] = field(default_factory=dict)
    passed_on: frozenset[int] = frozenset()

    def fields_of(self, type_: str, sequence: int) -> dict[str, Any]:
        """What the row of such an event tells beside its type; {} for others."""
        if type_ == EventType.AGENT_JOINED:
            who, came = self.joined.get(sequence, ("", "new"))
            return {"who": who, "came": came}
        if type_ == EventType.AGENT_LEFT:
            return {"passed_on": sequence in self.passed_on}
        return {}


def moves_of(conversation: Conversation, people: Sequence[Participant]) -> Moves:
    """`people`: the agents in the order in which they came. One query."""
    told = Event.objects.filter(conversation=conversation, type__in=(EventType.AGENT_JOINED, EventType.AGENT_LEFT))
    events = list(told.order_by("sequence").only("sequence", "type", "actor_kind", "occurred_at"))
    return Moves(dict(_joined(events, people)), frozenset(_passed_on(events, people)))


def _joined(events: Sequence[Event], people: Sequence[Participant]) -> Iterable[tuple[int, tuple[str, Came]]]:
    # The nth agent who came is the one that the nth event of that kind tells of.
    came = [event for event in events if event.type == EventType.AGENT_JOINED]
    before = {event.sequence: previous for previous, event in itertools.pairwise(events)}
    for index, (event, person) in enumerate(zip(came, people, strict=False)):
        left = before.get(event.sequence)
        is_back = (
            left is not None
            and left.type == EventType.AGENT_LEFT
            and index > 0
            and people[index - 1].agent_id == person.agent_id
        )
        how: Came = "new"
        if left is not None and is_back:
            how = "at_once" if event.occurred_at - left.occurred_at < AT_ONCE else "back"
        yield event.sequence, (first_name(person), how)


def _passed_on(events: Sequence[Event], people: Sequence[Participant]) -> Iterable[int]:
    joined = dict(_joined(events, people))
    for event, following in itertools.zip_longest(events, events[1:]):
        if event.type != EventType.AGENT_LEFT or event.actor_kind == ActorKind.SYSTEM:
            continue
        came = joined.get(following.sequence) if following is not None else None
        if came is None or came[1] != "at_once":
            yield event.sequence


def first_name(participant: Participant) -> str:
    """What customers call an agent; "" for one without a name: an id of another system is no name."""
    agent = participant.agent
    if agent is not None and agent.user is not None:
        return agent.user.first_name
    name = participant.name or (agent.name if agent is not None else "")
    return name.split()[0] if name.split() else ""
