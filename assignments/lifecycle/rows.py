"""The rows of the transitions: locks, queue entries, assignments and transfers. The transitions decide when.

Locks are taken in one order (`assignments.lifecycle`). On SQLite a transaction has the database to itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.actors import Actor
from accounts.events import tell_agents_changed
from accounts.models import Agent, Queue
from assignments.models import (
    AgentCapacity,
    Assignment,
    AssignmentEnd,
    AssignmentOrigin,
    QueueEntry,
    QueueOutcome,
    Transfer,
    TransferExit,
)
from assignments.setting_declarations import ASKS_WRAP_UP, FIRST_REPLY_S
from configuration.selectors import stored_settings
from conversations.models import Conversation, Message, Participant, ParticipantRole, Status
from conversations.participation import admit_agent
from conversations.selectors import with_unanswered_since


def lock_conversation(conversation: Conversation) -> Conversation:
    """Return the conversation as it is now, locked: nobody else changes it until the transaction ends."""
    return Conversation.objects.select_for_update().select_related(None).get(pk=conversation.pk)


def lock_capacities(agent_ids: Iterable[str]) -> dict[str, AgentCapacity]:
    """Return the capacities of these agents, locked, by agent; missing ones are created."""
    wanted = sorted(set(agent_ids))
    AgentCapacity.objects.bulk_create([AgentCapacity(agent_id=agent_id) for agent_id in wanted], ignore_conflicts=True)
    return {row.agent_id: row for row in AgentCapacity.objects.select_for_update().filter(pk__in=wanted).order_by("pk")}


def holder_of(conversation: Conversation) -> Participant | None:
    """Return the participant who has the conversation now. One query."""
    here = Participant.objects.filter(conversation=conversation, role=ParticipantRole.AGENT, left_at__isnull=True)
    return here.select_related("agent__user").first()


def unanswered_since(conversation: Conversation) -> datetime | None:
    """Return when the customer wrote the first message that no agent has answered. One query."""
    row = with_unanswered_since(Conversation.objects.filter(pk=conversation.pk)).get()
    since: datetime | None = row.unanswered_since
    return since


def open_entry(conversation: Conversation) -> QueueEntry | None:
    """Return the open queue entry, if there is one. It counts only while the conversation's status is waiting."""
    if conversation.status != Status.WAITING:
        return None
    return QueueEntry.objects.filter(conversation=conversation, left_at__isnull=True).first()


def add_queue_entry(
    conversation: Conversation,
    queue: Queue,
    *,
    waits_since: datetime | None = None,
    at_top: bool = False,
    released_by: Agent | None = None,
) -> QueueEntry:
    """Write the wait that begins now. `waits_since`: since when the customer has waited, where that is longer."""
    now = timezone.now()
    return QueueEntry.objects.create(
        conversation=conversation,
        queue=queue,
        entered_at=now,
        waits_since=min(waits_since or now, now),
        at_top=at_top,
        released_by=released_by,
    )


def leave_queue(conversation: Conversation, outcome: QueueOutcome) -> QueueEntry | None:
    """End the wait. Return its entry, if there was one."""
    entry = QueueEntry.objects.filter(conversation=conversation, left_at__isnull=True).first()
    if entry is not None:
        entry.left_at, entry.outcome = max(timezone.now(), entry.entered_at), outcome
        entry.save(update_fields=["left_at", "outcome"])
    return entry


def assign(*, by: Actor, conversation: Conversation, agent: Agent, origin: AssignmentOrigin) -> Assignment:
    """Assign the conversation to the agent. The caller holds both locks and has checked the slots.

    Ends the wait and the open transfer, if there are any. Raises HeldError, EndedError.
    """
    participant = admit_agent(by=by, conversation=conversation, agent=agent)
    leave_queue(conversation, QueueOutcome.TAKEN if origin == AssignmentOrigin.TAKEN else QueueOutcome.ASSIGNED)
    due = timedelta(seconds=stored_settings(agent)[FIRST_REPLY_S])
    assignment = open_assignment(participant, conversation, agent, origin, due_in=due)
    end_transfer(conversation, TransferExit.ACCEPTED, agent=agent)
    AgentCapacity.objects.filter(pk=agent.pk).update(busy_at=participant.joined_at)
    return assignment


def open_assignment(
    participant: Participant,
    conversation: Conversation,
    agent: Agent,
    origin: AssignmentOrigin,
    *,
    due_in: timedelta = timedelta(0),
) -> Assignment:
    """Write the assignment of this participant. `due_in`: time for the first reply; zero for no limit."""
    assigned_at = participant.joined_at
    return Assignment.objects.create(
        participant=participant,
        conversation=conversation,
        agent=agent,
        queue_id=conversation.queue_id,
        origin=origin,
        assigned_at=assigned_at,
        first_reply_due_at=assigned_at + due_in if due_in else None,
    )


def close_assignment(conversation: Conversation, end: AssignmentEnd, *, asks_wrap_up: bool = False) -> None:
    """End the open assignment, if there is one. Where another system ended it, the agent's idle time is unknown.

    `asks_wrap_up`: the conversation ended without its agent, who has to give a disposition if the company asks for it.
    """
    assignment = (
        Assignment.objects.filter(conversation=conversation, ended_at__isnull=True).select_related("agent").first()
    )
    if assignment is None:
        return
    assignment.ended_at, assignment.end = max(timezone.now(), assignment.assigned_at), end
    # An agent of another system has no desk here to give it.
    has_desk = assignment.agent.user_id is not None
    assignment.awaits_wrap_up = asks_wrap_up and has_desk and stored_settings(assignment.agent)[ASKS_WRAP_UP]
    assignment.save(update_fields=["ended_at", "end", "awaits_wrap_up"])
    if end != AssignmentEnd.OUTSIDE:
        AgentCapacity.objects.filter(pk=assignment.agent_id).update(busy_at=assignment.ended_at)


def begin_transfer(
    assignment: Assignment,
    *,
    queue: Queue | None = None,
    agent: Agent | None = None,
    note: Message | None = None,
    is_automatic: bool = False,
) -> Transfer:
    """Write a requested transfer, to exactly one of `queue` and `agent`. `note`: a message for the next agent."""
    end_transfer(assignment.conversation, TransferExit.SUPERSEDED)
    return Transfer.objects.create(
        assignment=assignment,
        conversation_id=assignment.conversation_id,
        requested_queue=queue,
        requested_agent=agent,
        note=note,
        is_automatic=is_automatic,
        requested_at=timezone.now(),
    )


def open_transfer(conversation: Conversation) -> Transfer | None:
    return Transfer.objects.filter(conversation=conversation, ended_at__isnull=True).first()


def end_transfer(conversation: Conversation, exit_: TransferExit, *, agent: Agent | None = None) -> None:
    """Write how the open transfer ended, if there is one. `agent`: who got the conversation."""
    Transfer.objects.filter(conversation=conversation, ended_at__isnull=True).update(
        ended_at=timezone.now(),
        exit=exit_,
        actual_agent=agent,
        actual_queue_id=conversation.queue_id if agent is not None else None,
    )


def forget_wrap_up(conversation: Conversation) -> None:
    """The conversation goes on: nobody has to say any more how it went."""
    waiting = Assignment.objects.filter(conversation=conversation, awaits_wrap_up=True)
    agents = list(waiting.values_list("agent_id", flat=True))
    if agents:
        waiting.update(awaits_wrap_up=False)
        tell_agents_changed(agents)
