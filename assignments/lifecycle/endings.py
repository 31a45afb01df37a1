"""How conversations end: by the agent with a disposition, because the customer is silent, or by the customer.

A conversation that ended without its agent stays on the agent's desk until its disposition is given (`wrap_up`),
unless the company does not ask for it. It takes no slot meanwhile: the customer is gone, and the next one need not
wait.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.events import tell_agents_changed
from accounts.models import Agent
from assignments.errors import NotHoldingError
from assignments.lifecycle.interventions import record_intervention
from assignments.lifecycle.offering import assign_after_commit
from assignments.lifecycle.rows import (
    close_assignment,
    end_transfer,
    holder_of,
    leave_queue,
    lock_conversation,
)
from assignments.lifecycle.transfers import held
from assignments.models import Assignment, AssignmentEnd, Disposition, QueueOutcome, TransferExit
from assignments.presence import queue_ids_of
from conversations import participation
from conversations.models import Conversation, Resolution
from safety.services import redactor_for


@transaction.atomic
def end_conversation(
    *, by: Actor, agent: Agent, conversation: Conversation, resolution: Resolution, notes: str = ""
) -> Disposition:
    """End the conversation with a disposition: it leaves the desk and frees the slot. Notes are redacted.

    Raises NotHoldingError. Source: contract desk-facts section 6.
    """
    return _dispose(by, agent, conversation, resolution, notes, AssignmentEnd.ENDED)


@transaction.atomic
def time_out(*, by: Actor, agent: Agent, conversation: Conversation, notes: str = "") -> Disposition:
    """End the conversation because the customer is silent. If they write again it goes on, see `enqueue`.

    Raises NotHoldingError.
    """
    return _dispose(by, agent, conversation, Resolution.TIMED_OUT, notes, AssignmentEnd.TIMED_OUT)


def _dispose(
    by: Actor, agent: Agent, conversation: Conversation, resolution: Resolution, notes: str, end: AssignmentEnd
) -> Disposition:
    conversation, assignment = held(agent, conversation)
    now = timezone.now()
    participation.end_conversation(by=by, conversation=conversation, resolution=resolution, at=now)
    close_assignment(conversation, end, at=now)
    disposition = _write_disposition(assignment, agent, resolution, notes)
    record_intervention(by, f"conversation.{end}", conversation, agent=agent, facts={"resolution": resolution})
    assign_after_commit(queue_ids_of(agent))
    return disposition


@transaction.atomic
def wrap_up(
    *, by: Actor, agent: Agent, conversation: Conversation, resolution: Resolution, notes: str = ""
) -> Disposition:
    """Give the disposition of a conversation that ended without its agent: it leaves the desk. Notes are redacted.

    Raises NotHoldingError where no disposition is due from this agent.
    Source: contract desk-facts section 6.
    """
    conversation = lock_conversation(conversation)
    waits = Assignment.objects.filter(conversation=conversation, agent=agent, awaits_wrap_up=True)
    assignment = waits.select_related("conversation").first()
    if assignment is None:
        raise NotHoldingError
    assignment.awaits_wrap_up = False
    assignment.save(update_fields=["awaits_wrap_up"])
    participation.set_resolution(by=by, conversation=conversation, agent=agent, resolution=resolution)
    disposition = _write_disposition(assignment, agent, resolution, notes)
    record_intervention(by, "conversation.wrapped_up", conversation, agent=agent, facts={"resolution": resolution})
    tell_agents_changed([agent.pk])
    return disposition


def _write_disposition(assignment: Assignment, agent: Agent, resolution: Resolution, notes: str) -> Disposition:
    conversation = assignment.conversation
    return Disposition.objects.create(
        assignment=assignment,
        resolution=resolution,
        notes=redactor_for(conversation.company_id, conversation.environment).redact(notes.strip()),
        disposed_by=agent,
        disposed_at=timezone.now(),
    )


@transaction.atomic
def close_conversation(*, by: Actor, conversation: Conversation) -> Conversation:
    """End a waiting or live conversation because the customer left. Raises EndedError.

    The agent who had it is asked for a disposition, see `wrap_up`.
    """
    return _end_without_agent(by, conversation, "", QueueOutcome.ABANDONED, AssignmentEnd.ENDED)


@transaction.atomic
def end_elsewhere(*, by: Actor, conversation: Conversation, resolution: str = "") -> Conversation:
    """End a conversation because another system says that it has ended. Raises EndedError.

    The agent who had it is asked for a disposition, see `wrap_up`; with `timed_out` the customer may come back.
    """
    return _end_without_agent(by, conversation, resolution, QueueOutcome.ELSEWHERE, AssignmentEnd.OUTSIDE)


def _end_without_agent(
    by: Actor, conversation: Conversation, resolution: str, outcome: QueueOutcome, end: AssignmentEnd
) -> Conversation:
    conversation = lock_conversation(conversation)
    holder = holder_of(conversation)
    agent = holder.agent if holder is not None else None
    now = timezone.now()
    ended = participation.end_conversation(by=by, conversation=conversation, resolution=resolution, at=now)
    leave_queue(conversation, outcome, at=now)
    end_transfer(conversation, TransferExit.CONVERSATION_END)
    close_assignment(conversation, end, at=now, asks_wrap_up=True)
    record_intervention(by, "conversation.closed", conversation, agent=agent)
    if agent is not None:
        assign_after_commit(queue_ids_of(agent))
    return ended
