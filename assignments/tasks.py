"""The sweep: what hints and commits did not do, because a process died or Redis was away, is done here."""

from __future__ import annotations

from celery import shared_task

from assignments.dispatch import assign_waiting, queues_with_waiting
from assignments.returns import return_of_the_disconnected, return_unanswered, settle_what_others_did


@shared_task(time_limit=300)
def sweep_queues() -> int:
    """Return, settle and assign; how many conversations were moved. Running it twice moves nothing more."""
    moved = return_of_the_disconnected() + return_unanswered() + settle_what_others_did()
    return moved + len(assign_waiting(queue_ids=queues_with_waiting()))
