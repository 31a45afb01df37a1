"""Desks that open, stay open and close: which agents are present.

The events carry the times of the intervals that they begin and end.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Agent
from assignments.absence import write_presence
from assignments.lifecycle.offering import assign_after_commit
from assignments.lifecycle.rows import lock_capacities
from assignments.models import AgentCapacity, AgentEventType, DeskConnection, StatusPeriod
from assignments.presence import queue_ids_of
from assignments.selectors import opening_status
from assignments.services.statuses import begin_status


@transaction.atomic
def desk_opened(*, by: Actor, agent: Agent) -> DeskConnection:
    """Record an open desk of the agent, who is in a status from now on and gets waiting conversations.

    The status is that of the agent's other desks, or of a moment ago; else see `opening_status`.
    """
    lock_capacities([agent.pk])
    now = timezone.now()
    connection = DeskConnection.objects.create(agent=agent, opened_at=now, seen_at=now)
    write_presence(by, AgentEventType.DESK_OPENED, connection, now)
    _be_there(by, agent, now)
    return connection


def _be_there(by: Actor, agent: Agent, now: datetime) -> None:
    if not StatusPeriod.objects.filter(agent=agent, ended_at__isnull=True).exists():
        status = opening_status(agent)
        if status is not None:
            begin_status(by=by, agent=agent, status=status, at=now)
    assign_after_commit(queue_ids_of(agent))


def desks_seen(*, pks: Collection[str]) -> set[str]:
    """Renew the rows of open desks. Return the desks without a row: each was taken for dead, and needs `desk_seen`."""
    rows = DeskConnection.objects.filter(pk__in=pks)
    if rows.update(seen_at=timezone.now()) == len(pks):
        return set()
    return set(pks) - set(rows.values_list("pk", flat=True))


def desk_seen(*, connection: DeskConnection) -> None:
    """Renew the row of an open desk. A desk that was taken for dead counts as opened again."""
    now = timezone.now()
    if DeskConnection.objects.filter(pk=connection.pk).update(seen_at=now):
        return
    with transaction.atomic():
        agent = connection.agent
        lock_capacities([agent.pk])
        DeskConnection.objects.update_or_create(
            pk=connection.pk, defaults={"agent": agent, "opened_at": connection.opened_at, "seen_at": now}
        )
        by = Actor.system(agent.company_id)
        write_presence(by, AgentEventType.DESK_OPENED, connection, now)
        _be_there(by, agent, now)


@transaction.atomic
def desk_closed(*, connection: DeskConnection) -> None:
    """Record that the desk closed. An agent without a desk gets nothing, and is requeued from after a while."""
    now = timezone.now()
    if DeskConnection.objects.filter(pk=connection.pk).delete()[0]:
        write_presence(Actor.system(connection.agent.company_id), AgentEventType.DESK_CLOSED, connection, now)
    AgentCapacity.objects.filter(pk=connection.agent_id).update(seen_at=now)
