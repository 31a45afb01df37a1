"""Reads of queues, statuses and assignments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import Agent, Queue
from assignments.models import (
    AgentStatus,
    Assignment,
    AssignmentEnd,
    AssignmentOrigin,
    QueueEntry,
    StatusKind,
    StatusPeriod,
    Transfer,
)
from assignments.pausing import has_pause
from assignments.presence import Slots, at_desk, queue_ids_of, slots_of, with_load
from conversations.models import Conversation, Resolution, Status
from safety.services import redactor_for


def opening_status(agent: Agent) -> AgentStatus | None:
    """Return the status in which an agent without a status opens a desk.

    It is the company's login default or, without one, the status that the agent had last (contract desk-facts section
    3). The very first time it is the first active status.
    """
    own = AgentStatus.objects.filter(company_id=agent.company_id)
    last = StatusPeriod.objects.filter(agent=agent).select_related("status").order_by("-started_at", "-pk").first()
    return (
        own.filter(is_login_default=True).first()
        or (last.status if last is not None else None)
        or own.filter(kind=StatusKind.ACTIVE).first()
    )


def status_of(agent: Agent) -> StatusPeriod | None:
    """Return the open period with its status; None while the agent has no desk."""
    return StatusPeriod.objects.filter(agent=agent, ended_at__isnull=True).select_related("status").first()


def statuses_of(agent: Agent) -> QuerySet[AgentStatus]:
    """Return the statuses that the agent may choose, in the company's order."""
    return AgentStatus.objects.filter(company_id=agent.company_id)


def free_slots(agent: Agent) -> Slots:
    """Return how many slots the agent uses and has."""
    return slots_of(agent)


def waiting_entries(agent: Agent) -> QuerySet[QueueEntry]:
    """Return the open entries of the agent's queues, the next one first, with conversation and queue."""
    return (
        QueueEntry.objects.filter(
            queue__in=queue_ids_of(agent),
            left_at__isnull=True,
            conversation__status=Status.WAITING,
            conversation__environment=agent.environment,
        )
        .select_related("conversation", "queue")
        .order_by("-at_top", "waits_since", "pk")
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """A waiting conversation. `position`: from 1, in its own queue."""

    conversation: Conversation
    queue: Queue
    position: int
    since: datetime


def waiting_in(agent: Agent, *, limit: int = 50) -> list[Waiting]:
    """Return the first conversations that wait in the agent's queues, the next one first. Two queries."""
    positions: Counter[int] = Counter()
    rows = []
    for entry in waiting_entries(agent)[:limit]:
        positions[entry.queue_id] += 1
        rows.append(Waiting(entry.conversation, entry.queue, positions[entry.queue_id], entry.waits_since))
    return rows


def queue_position(conversation: Conversation) -> int | None:
    """Return the conversation's position in its queue, from 1; None while it does not wait. Two queries."""
    entry = QueueEntry.objects.filter(conversation=conversation, left_at__isnull=True).first()
    if entry is None:
        return None
    earlier = Q(waits_since__lt=entry.waits_since) | Q(waits_since=entry.waits_since, pk__lt=entry.pk)
    before = Q(at_top=True) | earlier if not entry.at_top else Q(at_top=True) & earlier
    return 1 + (
        QueueEntry.objects.filter(
            before,
            queue=entry.queue_id,
            left_at__isnull=True,
            conversation__status=Status.WAITING,
            conversation__environment=conversation.environment,
        ).count()
    )


def may_resume(conversation: Conversation) -> bool:
    """Does a message of the timed-out customer still resume the conversation (contract desk-facts section 5)?"""
    ended_at = conversation.ended_at
    if conversation.resolution != Resolution.TIMED_OUT or ended_at is None:
        return False
    return timezone.now() - ended_at < timedelta(hours=settings.RESUME_HOURS)


@dataclass(frozen=True, slots=True)
class QueueTarget:
    """A queue to transfer to. `online`: how many other agents are available."""

    queue: Queue
    online: int
    is_own: bool


@dataclass(frozen=True, slots=True)
class AgentTarget:
    """An available agent with a free slot."""

    agent: Agent
    free: int


def available_agents(agent: Agent) -> QuerySet[Agent]:
    """Return the other agents of the company and environment who are at a desk and in an active status."""
    others = Agent.objects.filter(company_id=agent.company_id, environment=agent.environment).exclude(pk=agent.pk)
    return at_desk(others, timezone.now()).select_related("user")


def transfer_targets(agent: Agent, conversation: Conversation) -> tuple[list[QueueTarget], list[AgentTarget]]:
    """Return where the agent may transfer the conversation: queues with an available agent, agents with a free slot.

    A paused queue is left out. Three queries. Source: contract desk-facts section 5.
    """
    available = available_agents(agent)
    online = Counter(
        available.filter(user__queue_memberships__isnull=False).values_list("user__queue_memberships__queue", flat=True)
    )
    queues = Queue.objects.filter(company_id=agent.company_id, pk__in=online).exclude(has_pause("pk"))
    queues = queues.order_by(Lower("name"), "pk")
    free = with_load(available).filter(load__lt=F("slots")).order_by(Lower("user__full_name"), "pk")
    return (
        [QueueTarget(queue, online[queue.pk], queue.pk == conversation.queue_id) for queue in queues],
        [AgentTarget(row, row.slots - row.load) for row in free],
    )


def has_ended(agent: Agent, conversation: Conversation, end: AssignmentEnd, notes: str = "") -> bool:
    """Did this agent, as the last one, end the conversation in this way, with a disposition? Two queries.

    With `notes` it is only true if the same notes were stored: other notes would be lost.
    """
    if not Conversation.objects.filter(pk=conversation.pk, status=Status.ENDED).exists():
        return False
    rows = Assignment.objects.filter(conversation=conversation).select_related("disposition")
    last = rows.order_by("-assigned_at", "-pk").first()
    # A customer who leaves also ends the assignment, without a disposition.
    if last is None or (last.agent_id, last.end) != (agent.pk, end) or not hasattr(last, "disposition"):
        return False
    if not notes.strip():
        return True
    redactor = redactor_for(conversation.company_id, conversation.environment)
    return last.disposition.notes == redactor.redact(notes.strip())


def has_passed_on(agent: Agent, conversation: Conversation, target: Queue | Agent) -> bool:
    """Was the last move of the conversation this agent's transfer to this target? One query."""
    moves = Transfer.objects.filter(conversation=conversation).select_related("assignment")
    last = moves.order_by("-requested_at", "-pk").first()
    if last is None or last.is_automatic or last.assignment.agent_id != agent.pk:
        return False
    return target.pk == (last.requested_queue_id if isinstance(target, Queue) else last.requested_agent_id)


@dataclass(frozen=True, slots=True)
class Handover:
    """How a conversation came from another agent. `queue`: the queue it was transferred to, if it was one."""

    agent: Agent
    queue: Queue | None
    note: str


def handovers_to(agent: Agent, conversation_ids: Collection[str]) -> dict[str, Handover]:
    """Return the handover of each conversation whose present assignment came from a transfer. One query."""
    transfers = (
        Transfer.objects.filter(
            conversation__in=conversation_ids,
            conversation__assignments__agent=agent,
            conversation__assignments__ended_at__isnull=True,
            conversation__assignments__origin=AssignmentOrigin.TRANSFER,
            actual_agent=agent,
            is_automatic=False,
        )
        .select_related("assignment__agent__user", "requested_queue", "note")
        .order_by("requested_at", "pk")
    )
    return {
        row.conversation_id: Handover(row.assignment.agent, row.requested_queue, row.note.text if row.note else "")
        for row in transfers
    }


def wrap_ups(agent: Agent) -> QuerySet[Assignment]:
    """Return assignments that ended without the agent and still await a disposition."""
    return Assignment.objects.filter(agent=agent, awaits_wrap_up=True)


def past_conversations(agent: Agent) -> QuerySet[Assignment]:
    """Return the agent's past assignments, newest first, each conversation once, with conversation and disposition.

    They include conversations that went to another agent: the agent may still read them.
    """
    later = Assignment.objects.filter(
        agent=agent, conversation=OuterRef("conversation"), assigned_at__gt=OuterRef("assigned_at")
    )
    return (
        Assignment.objects.filter(~Exists(later), agent=agent, ended_at__isnull=False, awaits_wrap_up=False)
        .select_related("conversation__queue", "disposition")
        .order_by("-ended_at", "-pk")
    )
