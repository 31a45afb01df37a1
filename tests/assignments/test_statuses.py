"""Statuses and slots of agents, and what a desk opens with."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.actors import Actor
from accounts.models import Agent, Company, Event, Queue
from assignments.absence import end_status_of_the_gone
from assignments.errors import ForeignError
from assignments.lifecycle import assign_waiting
from assignments.models import AgentStatus, Assignment, DeskConnection, QueueEntry, StatusPeriod
from assignments.selectors import free_slots, status_of, statuses_of, waiting_in
from assignments.services import add_default_statuses, desk_opened, set_slots, set_status
from tests.assignments.conftest import agent_at_desk, close_desk, system, wait
from tests.composer.conftest import place
from tests.configuring import choose
from tests.factories import make_company, make_user


@pytest.fixture
def maya(company: Company) -> Agent:
    return agent_at_desk(company, "maya")


def status(company: Company, name: str) -> AgentStatus:
    return AgentStatus.objects.get(company=company, name=name)


def test_a_company_opens_with_the_documented_set(company: Company) -> None:
    add_default_statuses(company=company)
    assert list(AgentStatus.objects.filter(company=company).values_list("name", "kind")) == [
        ("Active", "active"),
        ("After Chat Wrap-Up", "away"),
        ("Coaching", "away"),
        ("Lunch/Break", "away"),
        ("Team Meeting", "away"),
        ("Training", "away"),
    ]


class TestSetStatus:
    def test_the_old_one_ends_where_the_new_one_begins(self, company: Company, maya: Agent) -> None:
        set_status(by=system(company), agent=maya, status=status(company, "Coaching"))
        first, second = StatusPeriod.objects.order_by("pk")
        assert (first.status.name, first.ended_at) == ("Active", second.started_at)
        assert status_of(maya) == second
        event = Event.objects.filter(type="agent.status_started").order_by("-id")[0]
        assert (event.agent, event.payload["name"], event.occurred_at) == (maya, "Coaching", second.started_at)

    def test_only_a_status_that_somebody_else_set_is_audited(self, company: Company, maya: Agent) -> None:
        assert maya.user is not None
        set_status(by=Actor.user(maya.user), agent=maya, status=status(company, "Training"))
        assert not company.audit_entries.filter(action="agent.status_set").exists()
        tom = make_user(company, "tom", roles=["supervisor"])
        set_status(by=Actor.user(tom), agent=maya, status=status(company, "Coaching"))
        entry = company.audit_entries.get(action="agent.status_set")
        assert (entry.before, entry.after) == ({"status": "Training"}, {"status": "Coaching"})

    def test_the_same_one_again_changes_nothing(self, company: Company, maya: Agent) -> None:
        set_status(by=system(company), agent=maya, status=status(company, "Active"))
        assert StatusPeriod.objects.count() == 1

    def test_one_of_another_company_is_refused(self, company: Company, maya: Agent) -> None:
        with pytest.raises(ForeignError):
            set_status(by=system(company), agent=maya, status=status(make_company("globex"), "Active"))

    def test_the_database_allows_one_open_status(self, maya: Agent) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            StatusPeriod.objects.create(agent=maya, status=AgentStatus.objects.all()[0], started_at=timezone.now())

    def test_choices_are_those_of_the_company(self, company: Company, maya: Agent) -> None:
        make_company("globex")
        assert [row.company for row in statuses_of(maya)] == [company] * 6


class TestDeskOpens:
    def test_the_first_time_in_the_first_active_status(self, maya: Agent) -> None:
        period = status_of(maya)
        assert period is not None
        assert period.status.name == "Active"

    def test_a_reload_keeps_the_status_as_it_was(self, company: Company, maya: Agent) -> None:
        set_status(by=system(company), agent=maya, status=status(company, "Coaching"))
        before = status_of(maya)
        close_desk(maya, seconds_ago=3)
        desk_opened(by=system(company), agent=maya)
        assert status_of(maya) == before

    def test_the_next_day_with_the_status_of_the_day_before(self, company: Company, maya: Agent) -> None:
        set_status(by=system(company), agent=maya, status=status(company, "Coaching"))
        self._next_day(company, maya)
        assert status_of(maya).status.name == "Coaching"
        assert StatusPeriod.objects.filter(agent=maya).count() == 3

    def test_with_the_default_where_the_company_has_one(self, company: Company, maya: Agent) -> None:
        AgentStatus.objects.filter(company=company, name="Team Meeting").update(is_login_default=True)
        self._next_day(company, maya)
        assert status_of(maya).status.name == "Team Meeting"

    def test_the_database_allows_one_default(self, company: Company) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            AgentStatus.objects.filter(company=company).update(is_login_default=True)

    @staticmethod
    def _next_day(company: Company, agent: Agent) -> None:
        StatusPeriod.objects.update(started_at=timezone.now() - timedelta(hours=20))
        close_desk(agent, seconds_ago=3600)
        end_status_of_the_gone(timezone.now() - timedelta(minutes=1))
        assert status_of(agent) is None
        desk_opened(by=system(company), agent=agent)


class TestSlots:
    def test_the_settings_count_where_nobody_said_otherwise(self, company: Company, maya: Agent) -> None:
        assert free_slots(maya).total == 4
        set_slots(by=system(company), agent=maya, slots=7)
        assert free_slots(maya).total == 7
        set_slots(by=system(company), agent=maya, slots=None)
        assert free_slots(maya).total == 4

    def test_an_agents_own_number_goes_over_the_environments_and_the_companys(
        self, company: Company, maya: Agent, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        choose(make_company("globex"), {"desk.slots": 9})
        choose(company, {"desk.slots": 5})
        assert free_slots(maya).total == 5
        choose(company, {"desk.slots": 6}, environment="sandbox")
        assert free_slots(maya).total == 5
        choose(company, {"desk.slots": 7}, environment="production")
        assert free_slots(maya).total == 7
        choose(company, {"desk.slots": 0}, agent=maya)
        with django_assert_num_queries(1):
            assert free_slots(maya).total == 0

    def test_more_slots_are_filled_at_once(
        self, company: Company, billing: Queue, maya: Agent, django_capture_on_commit_callbacks: Any
    ) -> None:
        set_slots(by=system(company), agent=maya, slots=0)
        waiting = wait(company, "one", billing)
        assert assign_waiting(queue_ids=[billing.pk]) == []
        with django_capture_on_commit_callbacks(execute=True):
            choose(company, {"desk.slots": 2}, environment="production")
            set_slots(by=system(company), agent=maya, slots=None)
        assert Assignment.objects.get().conversation == waiting

    def test_fewer_slots_than_conversations_leave_none_free(self, company: Company, maya: Agent) -> None:
        for number in range(2):
            place(company, f"c{number}", status="live", agent=maya.external_id)
        set_slots(by=system(company), agent=maya, slots=1)
        assert (free_slots(maya).used, free_slots(maya).free) == (2, 0)


def test_waiting_in_my_queues_has_places_and_waits(company: Company, billing: Queue, mobile: Queue) -> None:
    maya = agent_at_desk(company, "maya", queues=["billing"])
    young, old = wait(company, "young", billing, minutes=1), wait(company, "old", billing, minutes=9)
    wait(company, "elsewhere", mobile, minutes=30)
    rows = waiting_in(maya)
    assert [(row.conversation, row.position) for row in rows] == [(old, 1), (young, 2)]
    assert timezone.now() - rows[0].since > timedelta(minutes=8)


def test_the_migrations_give_statuses_and_places_and_may_run_again(company: Company) -> None:
    statuses = import_module("assignments.migrations.0002_first_rows")
    places = import_module("assignments.migrations.0004_fill_waits_since")
    AgentStatus.objects.all().delete()
    waiting = place(company, "one", status="waiting")
    place(company, "two", status="ended")
    for _ in range(2):
        statuses.add_statuses(apps, SimpleNamespace())
        places.give_places(apps, SimpleNamespace())
    assert AgentStatus.objects.filter(company=company).count() == 6
    assert [row.conversation for row in QueueEntry.objects.all()] == [waiting]
    assert not DeskConnection.objects.exists()
