"""Desks that open, live and close: who is there to answer."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Agent
from assignments.dispatch import assign_after_commit, queue_ids_of
from assignments.holding import lock_seats
from assignments.models import DeskConnection, Seat, StatusPeriod
from assignments.selectors import opening_status
from assignments.services.statuses import begin_status


@transaction.atomic
def desk_opened(*, by: Actor, agent: Agent) -> DeskConnection:
    """Note an open desk of the agent, who is in a status from now on and gets what waits.

    The status is the one of the agent's other desks or of a moment ago; else see `opening_status`.
    """
    lock_seats([agent.pk])
    now = timezone.now()
    connection = DeskConnection.objects.create(agent=agent, opened_at=now, seen_at=now)
    if not StatusPeriod.objects.filter(agent=agent, ended_at__isnull=True).exists():
        status = opening_status(agent)
        if status is not None:
            begin_status(by=by, agent=agent, status=status, at=now)
    assign_after_commit(queue_ids_of(agent))
    return connection


def desk_seen(*, connection: DeskConnection) -> None:
    """The desk still lives. A row that was taken for dead, for the machine slept, is there again."""
    now = timezone.now()
    if not DeskConnection.objects.filter(pk=connection.pk).update(seen_at=now):
        DeskConnection.objects.update_or_create(
            pk=connection.pk,
            defaults={"agent_id": connection.agent_id, "opened_at": connection.opened_at, "seen_at": now},
        )


@transaction.atomic
def desk_closed(*, connection: DeskConnection) -> None:
    """The desk is gone: nothing is assigned to an agent without one, and after a while what they have goes back."""
    DeskConnection.objects.filter(pk=connection.pk).delete()
    Seat.objects.filter(pk=connection.agent_id).update(seen_at=timezone.now())
