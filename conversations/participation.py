"""Who is in a conversation, and its status: the primitives of `assignments.lifecycle`, which alone calls them.

They write the conversation, its participants and the events, but no assignment and no queue entry: called by anybody
else, they would leave rows that contradict each other. An import contract forbids it.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.actors import Actor
from accounts.event_log.writing import About
from accounts.events import tell_agents_changed
from accounts.models import Agent, Queue
from conversations.errors import EndedError, HeldError
from conversations.models import (
    Conversation,
    Customer,
    EventType,
    Participant,
    ParticipantRole,
    Resolution,
    Status,
)
from conversations.recording import announce_events, record_event


def agent_in(conversation: Conversation) -> Agent | None:
    """Return the present agent with their user, whose name the events hold."""
    present = Agent.objects.select_related("user").filter(
        participations__conversation=conversation,
        participations__role=ParticipantRole.AGENT,
        participations__left_at__isnull=True,
    )
    return present.first()


def join(
    conversation: Conversation,
    role: ParticipantRole,
    name: str | None,
    at: datetime,
    *,
    agent: Agent | None = None,
    customer: Customer | None = None,
) -> tuple[Participant, bool]:
    """Make this person the present one of their role; the one before leaves.

    `name` None keeps the name that is known. Return the participant, and whether anything changed. Writes no event.
    """
    present = Participant.objects.filter(conversation=conversation, role=role, left_at__isnull=True).first()
    if present is not None and present.agent_id == _pk(agent) and present.customer_id == _pk(customer):
        if name is None or name == present.name:
            return present, False
        present.name = name
        present.save(update_fields=["name"])
        return present, True
    if present is not None:
        present.left_at = at = max(at, present.joined_at)
        present.save(update_fields=["left_at"])
    participant = Participant.objects.create(
        conversation=conversation, role=role, agent=agent, customer=customer, name=name or "", joined_at=at
    )
    return participant, True


def _pk(row: Agent | Customer | None) -> object:
    return row.pk if row is not None else None


def replace_agent(
    *, by: Actor, conversation: Conversation, before: Agent | None, agent: Agent, name: str | None, at: datetime
) -> Participant:
    """Let an agent join in place of the present one (`before`). A conversation that has ended goes on.

    The caller holds the lock of `conversation`, which is kept up to date, and sends the hints.
    """
    participant, _ = join(conversation, ParticipantRole.AGENT, name, at, agent=agent)
    if conversation.status == Status.ENDED:
        record_event(by, conversation, EventType.RESUMED)
    if before is not None:
        record_event(by, conversation, EventType.AGENT_LEFT, agent=before)
    facts = {"name": participant.name_for_customers}
    record_event(by, conversation, EventType.AGENT_JOINED, agent=agent, payload=facts)
    if conversation.status != Status.LIVE:
        conversation.status, conversation.ended_at, conversation.resolution = Status.LIVE, None, ""
        conversation.save(update_fields=["status", "ended_at", "resolution"])
    return participant


@transaction.atomic
def admit_agent(*, by: Actor, conversation: Conversation, agent: Agent) -> Participant:
    """Let an agent join a conversation that has none. It is live from now on. Raises EndedError, HeldError."""
    conversation = Conversation.objects.select_for_update().get(pk=conversation.pk)
    if conversation.status == Status.ENDED:
        raise EndedError(conversation.pk)
    if agent_in(conversation) is not None:
        raise HeldError(conversation.pk)
    participant = Participant.objects.create(
        conversation=conversation,
        role=ParticipantRole.AGENT,
        agent=agent,
        name=agent.name,
        joined_at=timezone.now(),
    )
    conversation.status = Status.LIVE
    conversation.save(update_fields=["status"])
    facts = {"name": participant.name_for_customers}
    announce_events(conversation, [record_event(by, conversation, EventType.AGENT_JOINED, agent=agent, payload=facts)])
    tell_agents_changed([agent.pk])
    return participant


@transaction.atomic
def dismiss_agent(*, by: Actor, conversation: Conversation, target: Queue | Agent) -> None:
    """Let the agent leave, if there is one. The caller's transaction brings the next agent or the queue."""
    conversation = Conversation.objects.select_for_update(of=("self",)).select_related("queue").get(pk=conversation.pk)
    gone = _agent_leaves(conversation)
    to_queue, to_agent = (target, None) if isinstance(target, Queue) else (None, target)
    about = About(agent=gone, to_agent=to_agent, to_queue=to_queue)
    moved: About = {**about, "from_queue": conversation.queue}
    rows = [record_event(by, conversation, EventType.TRANSFERRED, **moved)]
    if gone is not None:
        rows.append(record_event(by, conversation, EventType.AGENT_LEFT, **about))
    announce_events(conversation, rows)


@transaction.atomic
def queue_conversation(*, by: Actor, conversation: Conversation, queue: Queue) -> Conversation:
    """Let the customer wait in this queue. A conversation that was timed out resumes. Raises EndedError, HeldError."""
    conversation = Conversation.objects.select_for_update().get(pk=conversation.pk)
    if conversation.status == Status.ENDED and conversation.resolution != Resolution.TIMED_OUT:
        raise EndedError(conversation.pk)
    if agent_in(conversation) is not None:
        raise HeldError(conversation.pk)
    rows = [record_event(by, conversation, EventType.RESUMED)] if conversation.status == Status.ENDED else []
    conversation.status, conversation.queue = Status.WAITING, queue
    conversation.ended_at, conversation.resolution = None, ""
    conversation.save(update_fields=["status", "queue", "ended_at", "resolution"])
    announce_events(conversation, [*rows, record_event(by, conversation, EventType.QUEUED, to_queue=queue)])
    return conversation


@transaction.atomic
def end_conversation(*, by: Actor, conversation: Conversation, resolution: str = "") -> Conversation:
    """End a conversation; its agent leaves. With `timed_out` it may be resumed. Raises EndedError."""
    conversation = Conversation.objects.select_for_update().get(pk=conversation.pk)
    if conversation.status == Status.ENDED:
        raise EndedError(conversation.pk)
    gone = _agent_leaves(conversation)
    conversation.status, conversation.resolution, conversation.ended_at = Status.ENDED, resolution, timezone.now()
    conversation.save(update_fields=["status", "resolution", "ended_at"])
    type_ = EventType.TIMED_OUT if resolution == Resolution.TIMED_OUT else EventType.ENDED
    announce_events(conversation, [record_event(by, conversation, type_, agent=gone)])
    return conversation


@transaction.atomic
def set_resolution(*, by: Actor, conversation: Conversation, resolution: Resolution) -> Conversation:
    """Set the resolution of an ended conversation, where nobody set it at its end.

    Raises ValueError for a conversation that has not ended.
    """
    conversation = Conversation.objects.select_for_update().get(pk=conversation.pk)
    if conversation.status != Status.ENDED:
        raise ValueError("only an ended conversation has a resolution")
    if conversation.resolution:
        return conversation
    conversation.resolution = resolution
    conversation.save(update_fields=["resolution"])
    announce_events(conversation, [record_event(by, conversation, EventType.UPDATED)])
    return conversation


def _agent_leaves(conversation: Conversation) -> Agent | None:
    """Record that the present agent leaves."""
    agent = agent_in(conversation)
    here = Participant.objects.filter(conversation=conversation, role=ParticipantRole.AGENT, left_at__isnull=True)
    here.update(left_at=Greatest(F("joined_at"), Value(timezone.now())))
    tell_agents_changed([agent.pk] if agent is not None else [])
    return agent
