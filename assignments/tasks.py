"""The sweep: does what hints and commits did not do because a process died or Redis was away."""

from __future__ import annotations

from celery import shared_task

from assignments.lifecycle import assign_waiting, queues_with_waiting, requeue_disconnected, requeue_unanswered
from assignments.reconcile import reconcile


@shared_task(time_limit=300)
def sweep_queues() -> int:
    """Requeue, reconcile and assign. Return how many conversations were moved. A second run moves nothing more."""
    moved = requeue_disconnected() + requeue_unanswered() + reconcile()
    return moved + len(assign_waiting(queue_ids=queues_with_waiting()))
