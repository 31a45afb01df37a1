"""Reads of queue pauses, for the transitions: nothing is assigned from a paused queue."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from accounts.models import Queue
from assignments.models import QueuePause


def is_paused(queue: Queue) -> bool:
    """Is the queue paused now? One query."""
    return QueuePause.objects.filter(queue=queue, resumed_at__isnull=True).exists()


def has_pause(queue: str) -> Exists:
    """Return the condition that the queue in this column is paused now."""
    return Exists(QueuePause.objects.filter(queue=OuterRef(queue), resumed_at__isnull=True))
