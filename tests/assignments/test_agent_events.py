"""Desks and statuses of agents in the event log: played again, the events give the intervals."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Agent, Company, Event
from assignments.lifecycle import requeue_disconnected
from assignments.models import AgentCapacity, AgentEventType, AgentStatus, DeskConnection, StatusPeriod
from assignments.services import desk_closed, desk_opened, desk_seen, set_status
from tests.assignments.conftest import agent_at_desk

pytestmark = pytest.mark.django_db

Interval = tuple[str, datetime, datetime | None]


@pytest.fixture
def maya(company: Company) -> Agent:
    return agent_at_desk(company, "maya")


def by(agent: Agent) -> Actor:
    assert agent.user is not None
    return Actor.user(agent.user)


def events_about(agent: Agent) -> list[Event]:
    return list(Event.objects.filter(agent=agent, type__in=AgentEventType.values).order_by("occurred_at", "id"))


def played_again(events: Iterable[Event]) -> list[Interval]:
    """The statuses and their times, from the events alone."""
    intervals: list[Interval] = []
    for event in events:
        if event.type not in {AgentEventType.STATUS_STARTED, AgentEventType.STATUS_ENDED}:
            continue
        if intervals and intervals[-1][2] is None:
            name, start, _ = intervals[-1]
            intervals[-1] = (name, start, event.occurred_at)
        if event.type == AgentEventType.STATUS_STARTED:
            intervals.append((event.payload["name"], event.occurred_at, None))
    return intervals


def stored(agent: Agent) -> list[Interval]:
    rows = StatusPeriod.objects.filter(agent=agent).order_by("started_at", "pk")
    return list(rows.values_list("status__name", "started_at", "ended_at"))


def status(company: Company, name: str) -> AgentStatus:
    return AgentStatus.objects.get(company=company, name=name)


def leave(agent: Agent, ago: timedelta) -> None:
    """The agent's only desk closed this long ago."""
    desk_closed(connection=DeskConnection.objects.get(agent=agent))
    AgentCapacity.objects.filter(pk=agent.pk).update(seen_at=timezone.now() - ago)


def test_statuses_played_again_are_the_stored_ones(company: Company, maya: Agent) -> None:
    set_status(by=by(maya), agent=maya, status=status(company, "Lunch/Break"))
    set_status(by=by(maya), agent=maya, status=status(company, "Active"))
    assert played_again(events_about(maya)) == stored(maya)
    assert [name for name, _, _ in stored(maya)] == ["Active", "Lunch/Break", "Active"]


def test_the_same_status_again_is_no_event(company: Company, maya: Agent) -> None:
    before = len(events_about(maya))
    set_status(by=by(maya), agent=maya, status=status(company, "Active"))
    assert len(events_about(maya)) == before


def test_an_agent_who_is_gone_has_no_status(maya: Agent) -> None:
    StatusPeriod.objects.update(started_at=timezone.now() - timedelta(hours=1))
    Event.objects.filter(type=AgentEventType.STATUS_STARTED).update(occurred_at=StatusPeriod.objects.get().started_at)
    leave(maya, timedelta(minutes=30))
    requeue_disconnected()
    assert played_again(events_about(maya)) == stored(maya)
    assert stored(maya)[-1][2] is not None
    requeue_disconnected()
    assert [event.type for event in events_about(maya)].count(AgentEventType.STATUS_ENDED) == 1


def test_a_desk_opens_and_closes_once(company: Company, maya: Agent) -> None:
    second = desk_opened(by=by(maya), agent=maya)
    desk_closed(connection=second)
    desk_closed(connection=second)
    about_it = [event.type for event in events_about(maya) if event.payload.get("desk") == second.pk]
    assert about_it == [AgentEventType.DESK_OPENED, AgentEventType.DESK_CLOSED]
    assert {event.environment for event in events_about(maya)} == {"production"}
    assert {event.company_id for event in events_about(maya)} == {company.pk}


def test_a_desk_whose_process_died_closed_when_it_was_last_seen(maya: Agent) -> None:
    connection = DeskConnection.objects.get(agent=maya)
    seen_at = timezone.now() - timedelta(minutes=2)
    DeskConnection.objects.update(seen_at=seen_at)
    requeue_disconnected()
    [closed] = [event for event in events_about(maya) if event.type == AgentEventType.DESK_CLOSED]
    assert (closed.payload, closed.occurred_at, closed.actor_kind) == ({"desk": connection.pk}, seen_at, "system")
    desk_seen(connection=connection)
    assert [event.type for event in events_about(maya)].count(AgentEventType.DESK_OPENED) == 2
