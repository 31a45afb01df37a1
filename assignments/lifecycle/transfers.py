"""Transfers to another agent or to a queue. Source: contract desk-facts section 5."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Agent, Queue
from assignments.errors import (
    EmptyQueueError,
    ForeignError,
    NoFreeSlotError,
    NotHoldingError,
    PausedQueueError,
    TargetAwayError,
    TargetIsSelfError,
)
from assignments.lifecycle.interventions import record_intervention
from assignments.lifecycle.offering import assign_after_commit
from assignments.lifecycle.rows import (
    add_queue_entry,
    assign,
    begin_transfer,
    close_assignment,
    holder_of,
    lock_capacities,
    lock_conversation,
)
from assignments.models import Assignment, AssignmentEnd, AssignmentOrigin, QueueEntry
from assignments.pausing import is_paused
from assignments.presence import queue_ids_of, slots_of
from assignments.selectors import available_agents
from conversations.models import Conversation, Message, MessageKind, SenderRole, Status
from conversations.participation import dismiss_agent, queue_conversation
from conversations.services import NewMessage, add_messages


def held(agent: Agent, conversation: Conversation) -> tuple[Conversation, Assignment]:
    """Return the conversation, locked, and the agent's assignment. Raises NotHoldingError when it is not theirs."""
    conversation = lock_conversation(conversation)
    holder = holder_of(conversation)
    if conversation.status != Status.LIVE or holder is None or holder.agent_id != agent.pk:
        raise NotHoldingError
    return conversation, holder.assignment


def check_transfer(*, agent: Agent, conversation: Conversation, target: Queue | Agent) -> None:
    """Raise what a transfer to this queue or agent would raise now. Changes nothing and locks nothing."""
    holder = holder_of(conversation)
    if conversation.status != Status.LIVE or holder is None or holder.agent_id != agent.pk:
        raise NotHoldingError
    if isinstance(target, Queue):
        _check_queue(agent, conversation, target)
    else:
        _check_agent(agent, conversation, target)


@transaction.atomic
def transfer_to_queue(
    *, by: Actor, agent: Agent, conversation: Conversation, queue: Queue, note: str = ""
) -> QueueEntry:
    """Transfer the conversation to the end of a queue where another agent is available.

    It is not assigned to this agent again automatically. `note`: for the next agent; the customer never sees it.
    Raises NotHoldingError, PausedQueueError, EmptyQueueError.
    """
    conversation, assignment = held(agent, conversation)
    _check_queue(agent, conversation, queue)
    begin_transfer(assignment, queue=queue, note=_leave_note(by, agent, conversation, note))
    now = timezone.now()
    _let_go(by, conversation, queue, now)
    queue_conversation(by=by, conversation=conversation, queue=queue, at=now)
    entry = add_queue_entry(conversation, queue, at=now, released_by=agent)
    record_intervention(by, "conversation.transferred", conversation, agent=agent, facts={"queue_name": queue.name})
    assign_after_commit({queue.pk, *queue_ids_of(agent)})
    return entry


@transaction.atomic
def transfer_to_agent(
    *, by: Actor, agent: Agent, conversation: Conversation, target: Agent, note: str = ""
) -> Assignment:
    """Transfer the conversation to an available agent with a free slot.

    `note`: for that agent; the customer never sees it. Raises NotHoldingError, TargetIsSelfError, TargetAwayError,
    NoFreeSlotError.
    """
    conversation, assignment = held(agent, conversation)
    lock_capacities([agent.pk, target.pk])
    _check_agent(agent, conversation, target)
    begin_transfer(assignment, agent=target, note=_leave_note(by, agent, conversation, note))
    _let_go(by, conversation, target, timezone.now())
    record_intervention(by, "conversation.transferred", conversation, agent=agent, facts={"agent": target.pk})
    assignment = assign(by=by, conversation=conversation, agent=target, origin=AssignmentOrigin.TRANSFER)
    assign_after_commit(queue_ids_of(agent))
    return assignment


def _check_queue(agent: Agent, conversation: Conversation, queue: Queue) -> None:
    if queue.company_id != conversation.company_id:
        raise ForeignError
    if is_paused(queue):
        raise PausedQueueError(queue)
    if not available_agents(agent).filter(user__queue_memberships__queue=queue).exists():
        raise EmptyQueueError(queue)


def _check_agent(agent: Agent, conversation: Conversation, target: Agent) -> None:
    if (target.company_id, target.environment) != (conversation.company_id, conversation.environment):
        raise ForeignError
    if target.pk == agent.pk:
        raise TargetIsSelfError
    if not available_agents(agent).filter(pk=target.pk).exists():
        raise TargetAwayError(target)
    slots = slots_of(target)
    if slots.free == 0:
        raise NoFreeSlotError(target, slots.total, own=False)


def _let_go(by: Actor, conversation: Conversation, target: Queue | Agent, at: datetime) -> None:
    dismiss_agent(by=by, conversation=conversation, target=target, at=at)
    close_assignment(conversation, AssignmentEnd.TRANSFERRED, at=at)


def _leave_note(by: Actor, agent: Agent, conversation: Conversation, note: str) -> Message | None:
    """Store the agent's note in the transcript, for staff only. Return None where it is empty."""
    if not note.strip():
        return None
    message = NewMessage(
        role=SenderRole.AGENT,
        sender=agent.external_id,
        text=note.strip(),
        sent_at=timezone.now(),
        kind=MessageKind.NOTE,
    )
    return add_messages(by=by, conversation=conversation, messages=[message])[0]
