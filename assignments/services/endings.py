"""How conversations end: by the agent with a disposition, because the customer is silent, or by the customer."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor, record
from accounts.models import Agent
from assignments.dispatch import assign_after_commit, queue_ids_of
from assignments.holding import close_assignment, end_transfer, holder_of, leave_queue, lock_conversation
from assignments.models import AssignmentEnd, Disposition, QueueOutcome, TransferExit
from assignments.services.transfers import held
from conversations import services as conversation_services
from conversations.models import Conversation, Resolution
from safety.services import redactor_for


@transaction.atomic
def end_conversation(
    *, by: Actor, agent: Agent, conversation: Conversation, resolution: Resolution, notes: str = ""
) -> Disposition:
    """End the conversation and dispose of it: it leaves the desk and frees the slot. Notes are redacted.

    Raises NotHoldingError. Source: contract desk-facts section 6.
    """
    return _dispose(by, agent, conversation, resolution, notes, AssignmentEnd.ENDED)


@transaction.atomic
def time_out(*, by: Actor, agent: Agent, conversation: Conversation, notes: str = "") -> Disposition:
    """End the conversation because the customer is silent. One who writes again goes on with it, see `enqueue`.

    Raises NotHoldingError.
    """
    return _dispose(by, agent, conversation, Resolution.TIMED_OUT, notes, AssignmentEnd.TIMED_OUT)


def _dispose(
    by: Actor, agent: Agent, conversation: Conversation, resolution: Resolution, notes: str, end: AssignmentEnd
) -> Disposition:
    conversation, assignment = held(agent, conversation)
    conversation_services.end_conversation(by=by, conversation=conversation, resolution=resolution)
    close_assignment(conversation, end)
    disposition = Disposition.objects.create(
        assignment=assignment,
        resolution=resolution,
        notes=redactor_for(conversation.company_id, conversation.environment).redact(notes.strip()),
        disposed_by=agent,
        disposed_at=timezone.now(),
    )
    record(by, f"conversation.{end}", conversation, detail=resolution)
    assign_after_commit(queue_ids_of(agent))
    return disposition


@transaction.atomic
def close_conversation(*, by: Actor, conversation: Conversation) -> Conversation:
    """End it because the customer left, whether they waited or somebody had it. Raises EndedError.

    There is no disposition: nobody said how it went.
    """
    conversation = lock_conversation(conversation)
    holder = holder_of(conversation)
    ended = conversation_services.end_conversation(by=by, conversation=conversation)
    leave_queue(conversation, QueueOutcome.ABANDONED)
    end_transfer(conversation, TransferExit.CONVERSATION_END)
    close_assignment(conversation, AssignmentEnd.ENDED)
    record(by, "conversation.closed", conversation)
    if holder is not None and holder.agent is not None:
        assign_after_commit(queue_ids_of(holder.agent))
    return ended
