"""Pauses and resumes queues: while a queue is paused, nothing is assigned from it (contract desk-facts section 13)."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor, record
from accounts.event_log.writing import write_event
from accounts.models import ActorKind, Queue
from assignments.lifecycle.offering import assign_after_commit
from assignments.models import QueueEventType, QueuePause


@transaction.atomic
def pause_queue(*, by: Actor, queue: Queue) -> QueuePause:
    """Pause the queue. Those who wait stay, and agents may still take them by hand. Does nothing while it is paused."""
    Queue.objects.select_for_update().get(pk=queue.pk)
    pause = QueuePause.objects.filter(queue=queue, resumed_at__isnull=True).first()
    if pause is not None:
        return pause
    pause = QueuePause.objects.create(queue=queue, paused_at=timezone.now(), paused_by_id=_user_id(by))
    write_event(by, QueueEventType.PAUSED, to_queue=queue, at=pause.paused_at)
    record(by, "queue.paused", queue, before={"is_paused": False}, after={"is_paused": True})
    return pause


@transaction.atomic
def resume_queue(*, by: Actor, queue: Queue) -> QueuePause | None:
    """End the pause: those who wait are assigned after the commit. Return it; None where the queue is not paused."""
    Queue.objects.select_for_update().get(pk=queue.pk)
    pause = QueuePause.objects.filter(queue=queue, resumed_at__isnull=True).first()
    if pause is None:
        return None
    pause.resumed_at, pause.resumed_by_id = max(timezone.now(), pause.paused_at), _user_id(by)
    pause.save(update_fields=["resumed_at", "resumed_by"])
    write_event(by, QueueEventType.RESUMED, to_queue=queue, at=pause.resumed_at)
    record(by, "queue.resumed", queue, before={"is_paused": True}, after={"is_paused": False})
    assign_after_commit([queue.pk])
    return pause


def _user_id(by: Actor) -> int | None:
    return int(by.id) if by.kind == ActorKind.USER else None
