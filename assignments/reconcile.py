"""The alarm of the life cycle: finds rows that contradict each other, logs them and mends them.

Every transition writes all its rows in one transaction, so that none of this can arise. What is found here is a bug, or
somebody wrote to the database by hand.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from assignments.lifecycle.rows import (
    add_queue_entry,
    close_assignment,
    end_transfer,
    holder_of,
    leave_queue,
    lock_conversation,
    open_assignment,
    unanswered_since,
)
from assignments.models import Assignment, AssignmentEnd, AssignmentOrigin, QueueEntry, QueueOutcome, TransferExit
from conversations.models import Conversation, Participant, ParticipantRole, Status

logger = logging.getLogger(__name__)

AT_ONCE = 500


def reconcile() -> int:
    """Find conversations whose rows contradict each other, log an error for each kind, and mend them.

    Return the number of conversations mended. Four queries where all is well, as it should be.
    """
    return sum(_mend(kind, list(ids[:AT_ONCE]), mend) for kind, ids, mend in contradictions())


def contradictions() -> list[tuple[str, QuerySet[Any, str], Callable[[Conversation], bool]]]:
    """Return each kind of contradiction: its name, the ids of the conversations, and how to mend one, locked."""
    entry = QueueEntry.objects.filter(conversation=OuterRef("pk"), left_at__isnull=True)
    holder = Participant.objects.filter(role=ParticipantRole.AGENT, left_at__isnull=True, assignment__isnull=True)
    return [
        (
            "wait_without_waiting",
            QueueEntry.objects.filter(left_at__isnull=True)
            .exclude(conversation__status=Status.WAITING)
            .values_list("conversation_id", flat=True),
            _end_stale_wait,
        ),
        (
            "assignment_without_agent",
            Assignment.objects.filter(ended_at__isnull=True, participant__left_at__isnull=False).values_list(
                "conversation_id", flat=True
            ),
            _end_left_assignment,
        ),
        (
            "waiting_without_entry",
            Conversation.objects.filter(~Exists(entry), status=Status.WAITING, queue__isnull=False).values_list(
                "pk", flat=True
            ),
            _add_missing_entry,
        ),
        (
            "agent_without_assignment",
            holder.filter(conversation__status=Status.LIVE).values_list("conversation_id", flat=True),
            _add_missing_assignment,
        ),
    ]


def _mend(kind: str, ids: Iterable[str], mend: Callable[[Conversation], bool]) -> int:
    # Checked again with the lock: a transition may have been between two of its statements when we read.
    mended = [conversation_id for conversation_id in ids if _settle(conversation_id, mend)]
    if mended:
        logger.error(
            "rows of conversations contradicted each other",
            extra={"kind": kind, "number": len(mended), "conversations": mended},
        )
    return len(mended)


@transaction.atomic
def _settle(conversation_id: str, step: Callable[[Conversation], bool]) -> bool:
    return step(lock_conversation(Conversation(pk=conversation_id)))


def _end_stale_wait(conversation: Conversation) -> bool:
    if conversation.status == Status.WAITING:
        return False
    end_transfer(
        conversation,
        TransferExit.CONVERSATION_END if conversation.status == Status.ENDED else TransferExit.SUPERSEDED,
    )
    return leave_queue(conversation, QueueOutcome.ELSEWHERE) is not None


def _end_left_assignment(conversation: Conversation) -> bool:
    open_ = Assignment.objects.filter(conversation=conversation, ended_at__isnull=True).select_related("participant")
    assignment = open_.first()
    if assignment is None or assignment.participant.left_at is None:
        return False
    close_assignment(conversation, AssignmentEnd.OUTSIDE, asks_wrap_up=conversation.status == Status.ENDED)
    return True


def _add_missing_entry(conversation: Conversation) -> bool:
    queue = conversation.queue
    has_entry = QueueEntry.objects.filter(conversation=conversation, left_at__isnull=True).exists()
    if conversation.status != Status.WAITING or queue is None or has_entry:
        return False
    add_queue_entry(conversation, queue, waits_since=unanswered_since(conversation) or conversation.started_at)
    return True


def _add_missing_assignment(conversation: Conversation) -> bool:
    holder = holder_of(conversation)
    if conversation.status != Status.LIVE or holder is None or holder.agent is None or hasattr(holder, "assignment"):
        return False
    open_assignment(holder, conversation, holder.agent, AssignmentOrigin.OUTSIDE)
    return True
