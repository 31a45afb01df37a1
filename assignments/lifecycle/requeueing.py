"""Requeues what agents cannot answer. Each step may run at any time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Queue
from assignments.absence import end_status_of_the_gone, forget_dead_desks
from assignments.lifecycle.rows import (
    add_queue_entry,
    begin_transfer,
    close_assignment,
    lock_conversation,
    unanswered_since,
)
from assignments.models import (
    AgentCapacity,
    Assignment,
    AssignmentEnd,
    AssignmentOrigin,
    DeskConnection,
    QueueEntry,
)
from conversations.models import Message, MessageKind, SenderRole, Status
from conversations.participation import dismiss_agent, queue_conversation

AT_ONCE = 500


def requeue_disconnected() -> int:
    """Requeue the conversations of agents who have no open desk any more, at the top. Return their number.

    An agent is gone DISCONNECT_RETURN_S after the last desk closed or, where its process died, was last seen (contract
    desk-facts section 3). Agents whom another system assigned keep their conversations, and a conversation without a
    queue stays: nobody else would get it.
    """
    now = timezone.now()
    forget_dead_desks()
    limit = now - timedelta(seconds=settings.DISCONNECT_RETURN_S)
    gone = Assignment.objects.filter(ended_at__isnull=True, assigned_at__lt=limit, queue__isnull=False).exclude(
        Exists(DeskConnection.objects.filter(agent=OuterRef("agent")))
    )
    # The agent of another system is not expected to have a desk here.
    gone = gone.exclude(origin=AssignmentOrigin.OUTSIDE).exclude(agent__capacity__seen_at__gte=limit)
    end_status_of_the_gone(limit)
    return sum(_put_back(pk, _is_gone, exclude_agent=False) for pk in list(gone.values_list("pk", flat=True)[:AT_ONCE]))


def requeue_unanswered() -> int:
    """Requeue conversations whose agent has not written in time (contract desk-facts section 3). Return their number.

    An automatic message, such as a greeting, is no first reply.
    """
    now = timezone.now()
    due = Assignment.objects.filter(ended_at__isnull=True, first_reply_due_at__lte=now, queue__isnull=False)
    replied = Exists(_replies(OuterRef("conversation"), OuterRef("agent__external_id"), OuterRef("assigned_at")))
    Assignment.objects.filter(replied, pk__in=due.values("pk")).update(first_reply_due_at=None)
    late = list(due.values_list("pk", flat=True)[:AT_ONCE])
    return sum(_put_back(pk, lambda row: not _replied(row), exclude_agent=True) for pk in late)


def _replied(assignment: Assignment) -> bool:
    return _replies(assignment.conversation_id, assignment.agent.external_id, assignment.assigned_at).exists()


def _replies(conversation_id: str | OuterRef, sender: str | OuterRef, since: datetime | OuterRef) -> QuerySet[Message]:
    """Return the agent's own messages to the customer since then."""
    rows = Message.objects.filter(
        conversation=conversation_id,
        role=SenderRole.AGENT,
        kind=MessageKind.CHAT,
        sender_external_id=sender,
        created_at__gte=since,
    )
    return rows.exclude(is_automatic=True)


def _is_gone(assignment: Assignment) -> bool:
    limit = timezone.now() - timedelta(seconds=settings.DISCONNECT_RETURN_S)
    seen = AgentCapacity.objects.filter(pk=assignment.agent_id, seen_at__gte=limit).exists()
    return not seen and not DeskConnection.objects.filter(agent=assignment.agent_id).exists()


@transaction.atomic
def _put_back(pk: int, still_so: Callable[[Assignment], bool], *, exclude_agent: bool) -> bool:
    """Check again with the lock, and requeue. Return False where that is no longer needed."""
    assignment = Assignment.objects.select_related("conversation", "agent", "queue", "participant").get(pk=pk)
    lock_conversation(assignment.conversation)
    assignment = Assignment.objects.select_related("conversation", "agent", "queue", "participant").get(pk=pk)
    live = assignment.conversation.status == Status.LIVE and assignment.participant.left_at is None
    queue = assignment.queue
    if assignment.ended_at is not None or not live or queue is None or not still_so(assignment):
        return False
    by = Actor.system(assignment.conversation.company_id)
    requeue(by=by, assignment=assignment, queue=queue, exclude_agent=exclude_agent)
    return True


def requeue(*, by: Actor, assignment: Assignment, queue: Queue, exclude_agent: bool) -> QueueEntry:
    """Take the conversation from an agent who is gone or silent, and put it at the top of the queue.

    The caller holds the conversation's lock and has checked again. `exclude_agent`: it is not assigned to the same
    agent automatically.
    """
    conversation = assignment.conversation
    begin_transfer(assignment, queue=queue, is_automatic=True)
    dismiss_agent(by=by, conversation=conversation, target=queue)
    close_assignment(conversation, AssignmentEnd.RETURNED)
    queue_conversation(by=by, conversation=conversation, queue=queue)
    return add_queue_entry(
        conversation,
        queue,
        waits_since=unanswered_since(conversation),
        at_top=True,
        released_by=assignment.agent if exclude_agent else None,
    )
