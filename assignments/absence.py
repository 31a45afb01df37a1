"""Agents who are gone: closes their desks, and ends their status.

The events carry the times of the intervals that they begin and end.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from accounts.actors import Actor
from accounts.event_log.writing import write_event
from assignments.models import AgentCapacity, AgentEventType, DeskConnection, StatusPeriod
from assignments.presence import DEAD_AFTER


def write_presence(by: Actor, type_: AgentEventType, connection: DeskConnection, at: datetime) -> None:
    """Write the event that a desk opened or closed."""
    agent = connection.agent
    write_event(by, type_, environment=agent.environment, agent=agent, at=at, payload={"desk": connection.pk})


def forget_dead_desks() -> None:
    """Close the desks whose process died, at the time when they were last seen."""
    for dead in DeskConnection.objects.filter(seen_at__lte=timezone.now() - DEAD_AFTER).select_related("agent"):
        with transaction.atomic():
            # A conditional delete: a desk that was seen meanwhile keeps its row.
            if DeskConnection.objects.filter(pk=dead.pk, seen_at=dead.seen_at).delete()[0]:
                by = Actor.system(dead.agent.company_id)
                write_presence(by, AgentEventType.DESK_CLOSED, dead, dead.seen_at)
                AgentCapacity.objects.filter(pk=dead.agent_id).update(seen_at=dead.seen_at)


def end_status_of_the_gone(limit: datetime) -> None:
    """End the status of agents without a desk since `limit`, at the moment when their desk was last seen."""
    open_ = StatusPeriod.objects.filter(ended_at__isnull=True, started_at__lt=limit).exclude(
        Exists(DeskConnection.objects.filter(agent=OuterRef("agent")))
    )
    gone = open_.exclude(agent__capacity__seen_at__gte=limit).select_related("agent", "status")
    for period in gone.annotate(seen_at=F("agent__capacity__seen_at")):
        _end_status(period, max(period.seen_at or period.started_at, period.started_at))


@transaction.atomic
def _end_status(period: StatusPeriod, at: datetime) -> None:
    if not StatusPeriod.objects.filter(pk=period.pk, ended_at__isnull=True).update(ended_at=at):
        return
    agent, payload = period.agent, {"status": period.status_id, "name": period.status.name}
    write_event(
        Actor.system(agent.company_id),
        AgentEventType.STATUS_ENDED,
        environment=agent.environment,
        agent=agent,
        at=at,
        payload=payload,
    )
