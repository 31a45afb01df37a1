"""Assigns waiting conversations to free agents: the longest wait first, to the agent with the least load.

It runs after every change that could make a match, and every few seconds (`assignments.tasks`). However often it runs,
in however many processes at once, each conversation goes to one agent, and no agent gets more than their slots.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator

from django.db import connection, transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Agent, Queue
from assignments.lifecycle.rows import assign, lock_capacities, open_transfer
from assignments.models import Assignment, AssignmentOrigin, QueueEntry
from assignments.pausing import has_pause
from assignments.presence import Candidate, at_desk, candidates, slots_of
from conversations.models import Conversation, Status

logger = logging.getLogger(__name__)

# Waiting conversations that one search for a match reads.
LOOKED_AT = 200


def assign_waiting(*, queue_ids: Collection[int]) -> list[Assignment]:
    """Assign what waits in these queues as far as there are free agents. Return the assignments made."""
    made: list[Assignment] = []
    beaten: set[tuple[str, str]] = set()  # pairs in which another process was faster
    while True:
        pair = next(_pairs(queue_ids, beaten), None)
        if pair is None:
            return made
        entry, candidate = pair
        assignment = _assign(entry, candidate)
        if assignment is None:
            beaten.add((entry.conversation_id, candidate.agent_id))
        else:
            made.append(assignment)


def assign_after_commit(queue_ids: Collection[int]) -> None:
    """Assign what waits in these queues when the open transaction commits.

    A failure there is logged and does not undo the transaction: the next sweep assigns.
    """
    wanted = sorted(set(queue_ids))
    if wanted:
        transaction.on_commit(lambda: assign_waiting(queue_ids=wanted), robust=True)


def _pairs(queue_ids: Collection[int], beaten: Collection[tuple[str, str]]) -> Iterator[tuple[QueueEntry, Candidate]]:
    """Yield matches, the first to be made first. Two queries, one where nobody is free."""
    free = candidates(queue_ids, timezone.now())
    if not free:
        return
    waiting = QueueEntry.objects.filter(
        queue__in={candidate.queue_id for candidate in free},
        left_at__isnull=True,
        conversation__status=Status.WAITING,
        conversation__environment__in={candidate.environment for candidate in free},
    ).exclude(has_pause("queue"))
    for entry in waiting.select_related("conversation").order_by("-at_top", "waits_since", "pk")[:LOOKED_AT]:
        for candidate in free:
            if (
                candidate.queue_id == entry.queue_id
                and candidate.environment == entry.conversation.environment
                and candidate.agent_id != entry.released_by_id
                and (entry.conversation_id, candidate.agent_id) not in beaten
            ):
                yield entry, candidate


@transaction.atomic
def _assign(entry: QueueEntry, candidate: Candidate) -> Assignment | None:
    """Make one match. Return None where it no longer holds once both locks are held."""
    rows = Conversation.objects.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
    conversation = rows.filter(pk=entry.conversation_id, status=Status.WAITING).first()
    if conversation is None:
        return None
    if not QueueEntry.objects.filter(pk=entry.pk, left_at__isnull=True).exclude(has_pause("queue")).exists():
        return None
    lock_capacities([candidate.agent_id])
    agent = at_desk(Agent.objects.filter(pk=candidate.agent_id), timezone.now()).select_related("user").first()
    if agent is None or slots_of(agent).free == 0:
        return None
    transfer = open_transfer(conversation)
    origin = AssignmentOrigin.AUTOMATIC
    if transfer is not None:
        origin = AssignmentOrigin.RETURNED if transfer.is_automatic else AssignmentOrigin.TRANSFER
    by = Actor.system(conversation.company_id)
    return assign(by=by, conversation=conversation, agent=agent, origin=origin)


def queues_with_waiting() -> list[int]:
    """Return the ids of the queues in which somebody waits and which are not paused."""
    waiting = QueueEntry.objects.filter(left_at__isnull=True, conversation__status=Status.WAITING)
    waiting = waiting.exclude(has_pause("queue"))
    return list(Queue.objects.filter(pk__in=waiting.values("queue")).values_list("pk", flat=True))
