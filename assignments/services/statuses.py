"""Writes agents' statuses and slots, and a company's desk settings."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor, record
from accounts.event_log.writing import write_event
from accounts.events import tell_agents_changed
from accounts.models import ActorKind, Agent, Company
from assignments.errors import ForeignError
from assignments.lifecycle.offering import assign_after_commit
from assignments.lifecycle.rows import lock_capacities
from assignments.models import (
    AgentCapacity,
    AgentEventType,
    AgentStatus,
    Assignment,
    DeskSettings,
    StatusKind,
    StatusPeriod,
)
from assignments.presence import queue_ids_of

# The documented default set (contract desk-facts section 3). Migration 0002 adds the same to companies created before
# it.
DEFAULT_STATUSES = (
    ("Active", StatusKind.ACTIVE),
    ("After Chat Wrap-Up", StatusKind.AWAY),
    ("Coaching", StatusKind.AWAY),
    ("Lunch/Break", StatusKind.AWAY),
    ("Team Meeting", StatusKind.AWAY),
    ("Training", StatusKind.AWAY),
)


@transaction.atomic
def add_default_statuses(*, company: Company) -> None:
    """Add the statuses that every company starts with. Does nothing for a company that has statuses."""
    Company.objects.select_for_update().get(pk=company.pk)
    if AgentStatus.objects.filter(company=company).exists():
        return
    AgentStatus.objects.bulk_create(
        AgentStatus(company=company, name=name, kind=kind, position=position)
        for position, (name, kind) in enumerate(DEFAULT_STATUSES)
    )


@transaction.atomic
def set_status(*, by: Actor, agent: Agent, status: AgentStatus) -> StatusPeriod:
    """Set the agent's status. Conversations are assigned while it is an active one.

    The agent keeps the conversations they have. All desks of the agent get a hint.
    """
    if status.company_id != agent.company_id:
        raise ForeignError
    lock_capacities([agent.pk])
    period = StatusPeriod.objects.filter(agent=agent, ended_at__isnull=True).select_related("status").first()
    if period is not None and period.status_id == status.pk:
        return period
    now = timezone.now()
    if period is not None:
        now = max(now, period.started_at)
        period.ended_at = now
        period.save(update_fields=["ended_at"])
    period = begin_status(by=by, agent=agent, status=status, at=now)
    if by.kind == ActorKind.USER and by.id != str(agent.user_id):
        record(by, "agent.status_set", agent, detail=status.name)
    tell_agents_changed([agent.pk])
    if status.kind == StatusKind.ACTIVE:
        assign_after_commit(queue_ids_of(agent))
    return period


def begin_status(*, by: Actor, agent: Agent, status: AgentStatus, at: datetime) -> StatusPeriod:
    """Begin a period for an agent who has none. The caller holds the lock of the agent's capacity."""
    period = StatusPeriod.objects.create(agent=agent, status=status, started_at=at)
    payload = {"status": status.pk, "name": status.name, "kind": status.kind}
    write_event(by, AgentEventType.STATUS_STARTED, environment=agent.environment, agent=agent, at=at, payload=payload)
    return period


@transaction.atomic
def set_slots(*, by: Actor, agent: Agent, slots: int | None) -> AgentCapacity:
    """Set how many conversations the agent may have, from 0; None for the default. Those they have stay."""
    capacity = lock_capacities([agent.pk])[agent.pk]
    if capacity.slots == slots:
        return capacity
    capacity.slots = slots
    capacity.save(update_fields=["slots"])
    record(by, "agent.slots_set", agent, detail="default" if slots is None else str(slots))
    tell_agents_changed([agent.pk])
    assign_after_commit(queue_ids_of(agent))
    return capacity


@transaction.atomic
def set_first_reply_limit(*, by: Actor, company: Company, seconds: int | None) -> DeskSettings:
    """Set how many seconds the company's agents have for their first reply; 0 for no limit, None for the default.

    It applies to conversations assigned from now on.
    """
    rules, _ = DeskSettings.objects.update_or_create(company=company, defaults={"first_reply_s": seconds})
    record(by, "company.first_reply_limit_set", company, detail="default" if seconds is None else str(seconds))
    return rules


@transaction.atomic
def set_wrap_up(*, by: Actor, company: Company, is_asked: bool) -> DeskSettings:
    """Set whether agents give a disposition for conversations that ended without them, before these leave the desk.

    When it is switched off, conversations that await a disposition leave the desk.
    """
    rules, _ = DeskSettings.objects.update_or_create(company=company, defaults={"asks_wrap_up": is_asked})
    record(by, "company.wrap_up_set", company, detail="asked" if is_asked else "not asked")
    if not is_asked:
        waiting = Assignment.objects.filter(agent__company=company, awaits_wrap_up=True)
        agents = set(waiting.values_list("agent_id", flat=True))
        waiting.update(awaits_wrap_up=False)
        tell_agents_changed(agents)
    return rules
