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
from assignments.models import AgentEventType, AgentStatus, StatusKind, StatusPeriod
from assignments.presence import queue_ids_of
from assignments.setting_declarations import ASKS_WRAP_UP, FIRST_REPLY_S, SLOTS
from configuration.levels import Owner
from configuration.services import set_setting

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
    now, before = timezone.now(), period.status.name if period is not None else None
    if period is not None:
        now = max(now, period.started_at)
        period.ended_at = now
        period.save(update_fields=["ended_at"])
    period = begin_status(by=by, agent=agent, status=status, at=now)
    if by.kind == ActorKind.USER and by.id != str(agent.user_id):
        record(by, "agent.status_set", agent, before={"status": before}, after={"status": status.name})
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


def set_slots(*, by: Actor, agent: Agent, slots: int | None) -> None:
    """Set how many conversations the agent may have, from 0; None for the default. Those they have stay.

    Raises InvalidValueError.
    """
    set_setting(by=by, owner=Owner.of_agent(agent), setting=SLOTS, value=slots)


def set_first_reply_limit(*, by: Actor, company: Company, seconds: int | None) -> None:
    """Set how many seconds the company's agents have for their first reply; 0 for no limit, None for the default.

    It applies to conversations assigned from now on. Raises InvalidValueError.
    """
    set_setting(by=by, owner=Owner(company.pk), setting=FIRST_REPLY_S, value=seconds)


def set_wrap_up(*, by: Actor, company: Company, is_asked: bool) -> None:
    """Set whether agents give a disposition for conversations that ended without them, before these leave the desk.

    When it is switched off, conversations that await a disposition leave the desk.
    """
    set_setting(by=by, owner=Owner(company.pk), setting=ASKS_WRAP_UP, value=is_asked)
