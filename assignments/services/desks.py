"""Desks that open, live and close: who is there to answer."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Agent
from assignments.dispatch import assign_after_commit, queue_ids_of
from assignments.models import AgentCapacity, DeskConnection, StatusPeriod
from assignments.ownership import lock_capacities
from assignments.selectors import opening_status
from assignments.services.statuses import begin_status


@transaction.atomic
def desk_opened(*, by: Actor, agent: Agent) -> DeskConnection:
    """Note an open desk of the agent, who is in a status from now on and gets what waits.

    The status is the one of the agent's other desks or of a moment ago; else see `opening_status`.
    """
    lock_capacities([agent.pk])
    now = timezone.now()
    connection = DeskConnection.objects.create(agent=agent, opened_at=now, seen_at=now)
    _be_there(by, agent, now)
    return connection


def _be_there(by: Actor, agent: Agent, now: datetime) -> None:
    if not StatusPeriod.objects.filter(agent=agent, ended_at__isnull=True).exists():
        status = opening_status(agent)
        if status is not None:
            begin_status(by=by, agent=agent, status=status, at=now)
    assign_after_commit(queue_ids_of(agent))


def desks_seen(*, pks: Collection[str]) -> set[str]:
    """These desks still live. Returns those without a row: each was taken for dead, and needs `desk_seen`."""
    rows = DeskConnection.objects.filter(pk__in=pks)
    if rows.update(seen_at=timezone.now()) == len(pks):
        return set()
    return set(pks) - set(rows.values_list("pk", flat=True))


def desk_seen(*, connection: DeskConnection) -> None:
    """The desk still lives. One that was taken for dead, for its machine or the server slept, is as good as opened."""
    now = timezone.now()
    if DeskConnection.objects.filter(pk=connection.pk).update(seen_at=now):
        return
    with transaction.atomic():
        agent = connection.agent
        lock_capacities([agent.pk])
        DeskConnection.objects.update_or_create(
            pk=connection.pk, defaults={"agent": agent, "opened_at": connection.opened_at, "seen_at": now}
        )
        _be_there(Actor.system(agent.company_id), agent, now)


@transaction.atomic
def desk_closed(*, connection: DeskConnection) -> None:
    """The desk is gone: nothing is assigned to an agent without one, and after a while what they have goes back."""
    DeskConnection.objects.filter(pk=connection.pk).delete()
    AgentCapacity.objects.filter(pk=connection.agent_id).update(seen_at=timezone.now())
