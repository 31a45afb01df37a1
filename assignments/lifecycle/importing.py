"""Imports of conversations, some of which still go on: they begin in the middle of their life."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from accounts.actors import Actor
from assignments.lifecycle.offering import assign_after_commit
from assignments.models import Assignment, AssignmentOrigin, QueueEntry
from conversations.history import History, PastConversation, Written
from conversations.models import Conversation, Participant, ParticipantRole, Status
from conversations.selectors import Scope, conversations, with_unanswered_since


@transaction.atomic
def import_conversations(
    *, by: Actor, scope: Scope, batch: Sequence[PastConversation], with_events: bool = False
) -> Written:
    """Write conversations with their past messages; those that go on are waiting or with their agents afterwards.

    A conversation that exists gets only the messages that it does not have yet: its state stays. `with_events`: see
    `conversations.history.History`. An ended conversation gets no assignment: it was not assigned here. Raises
    ValueError for a live conversation without an agent, and for a waiting one with an agent or without a queue.
    """
    for past in batch:
        _check(past)
    history = History(by, scope, with_events=with_events, may_go_on=True)
    history.write(batch)
    rows = conversations(scope).filter(external_id__in=[past.external_id for past in batch])
    _open_assignments(rows.filter(status=Status.LIVE, assignments__isnull=True).values_list("pk", flat=True))
    waiting = rows.filter(status=Status.WAITING, queue__isnull=False, queue_entries__isnull=True)
    entries = [_entry(row, row.unanswered_since) for row in with_unanswered_since(waiting.select_related("queue"))]
    QueueEntry.objects.bulk_create(entries)
    assign_after_commit({entry.queue_id for entry in entries})
    return history.written


def _check(past: PastConversation) -> None:
    if past.status == Status.LIVE and past.agent is None:
        raise ValueError(f"{past.external_id}: a live conversation has an agent")
    if past.status == Status.WAITING and (past.agent is not None or not past.queue):
        raise ValueError(f"{past.external_id}: a waiting conversation has a queue and no agent")


def _open_assignments(conversation_ids: Iterable[str]) -> None:
    holders = Participant.objects.filter(
        conversation__in=list(conversation_ids), role=ParticipantRole.AGENT, left_at__isnull=True
    ).select_related("conversation")
    Assignment.objects.bulk_create(
        Assignment(
            participant=holder,
            conversation=holder.conversation,
            agent_id=holder.agent_id,
            queue_id=holder.conversation.queue_id,
            origin=AssignmentOrigin.OUTSIDE,
            assigned_at=holder.joined_at,
        )
        for holder in holders
        if holder.agent_id is not None
    )


def _entry(conversation: Conversation, unanswered_since: datetime | None) -> QueueEntry:
    since = unanswered_since or conversation.started_at
    return QueueEntry(conversation=conversation, queue=conversation.queue, entered_at=since, waits_since=since)
