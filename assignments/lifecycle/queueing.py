"""Puts conversations into a queue, and lets agents take them out of turn."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Agent, Queue
from assignments.errors import ForeignError, NoFreeSlotError, NotWaitingError, NotYourQueueError
from assignments.lifecycle.interventions import record_intervention
from assignments.lifecycle.offering import assign_after_commit
from assignments.lifecycle.rows import (
    add_queue_entry,
    assign,
    end_transfer,
    forget_wrap_up,
    holder_of,
    leave_queue,
    lock_capacities,
    lock_conversation,
    open_entry,
)
from assignments.models import Assignment, AssignmentOrigin, QueueEntry, QueueOutcome, TransferExit
from assignments.presence import queue_ids_of, slots_of
from assignments.selectors import may_resume
from conversations.errors import EndedError
from conversations.models import Conversation, Status
from conversations.participation import queue_conversation


@transaction.atomic
def enqueue(*, by: Actor, conversation: Conversation, queue: Queue) -> QueueEntry:
    """Let the customer wait in this queue. A free agent gets the conversation after the commit.

    A customer who waits in it already keeps their position. A customer who was timed out goes on with the same
    conversation, at the top of the queue, for RESUME_HOURS (contract desk-facts section 5). Raises HeldError while an
    agent has the conversation and EndedError after its end: the customer then needs a new one.
    """
    conversation = lock_conversation(conversation)
    if queue.company_id != conversation.company_id:
        raise ForeignError
    waits = open_entry(conversation)
    if waits is not None and waits.queue_id == queue.pk:
        return waits
    resumes = conversation.status == Status.ENDED
    if resumes and not may_resume(conversation):
        raise EndedError(conversation.pk)
    if resumes:
        forget_wrap_up(conversation)
    now = timezone.now()
    conversation = queue_conversation(by=by, conversation=conversation, queue=queue, at=now)
    if leave_queue(conversation, QueueOutcome.MOVED, at=now) is not None:
        end_transfer(conversation, TransferExit.SUPERSEDED)  # the customer no longer waits where it led
    entry = add_queue_entry(conversation, queue, at=now, at_top=resumes)
    record_intervention(by, "conversation.queued", conversation, facts={"queue_name": queue.name})
    assign_after_commit([queue.pk])
    return entry


@transaction.atomic
def take(*, by: Actor, agent: Agent, conversation: Conversation) -> Assignment:
    """Assign a waiting conversation to the agent who takes it, out of turn and in any status.

    Raises NotWaitingError (somebody was faster), NotYourQueueError, NoFreeSlotError.
    """
    conversation = lock_conversation(conversation)
    if (conversation.company_id, conversation.environment) != (agent.company_id, agent.environment):
        raise ForeignError
    entry = open_entry(conversation)
    if entry is None:
        holder = holder_of(conversation)
        raise NotWaitingError(holder.agent if holder is not None else None)
    if entry.queue_id not in queue_ids_of(agent):
        raise NotYourQueueError
    lock_capacities([agent.pk])
    slots = slots_of(agent)
    if slots.free == 0:
        raise NoFreeSlotError(agent, slots.total, own=True)
    return assign(by=by, conversation=conversation, agent=agent, origin=AssignmentOrigin.TAKEN)
