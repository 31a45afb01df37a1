"""Values at four levels: which one counts, who may change it, and what a change leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from accounts.actors import Actor
from accounts.models import ActorKind, Agent, AuditEntry, Company, Queue, User
from accounts.selectors import agent_key
from caching import versions
from caching.cache import forget_all
from configuration.errors import (
    ChangeNotAllowedError,
    ForeignOwnerError,
    InvalidValueError,
    LevelNotAllowedError,
)
from configuration.levels import Level, Owner
from configuration.models import SettingValue
from configuration.registry import Change, Setting, after_change
from configuration.selectors import resolve, settings_for, settings_key, stored_settings
from configuration.services import clear_setting, set_setting, set_settings
from conversations.selectors import Scope
from responses.setting_declarations import GENERIC_TEXT, GREETS, NAMED_TEXT
from tests.composer.conftest import hire
from tests.factories import make_company, make_user

pytestmark = pytest.mark.django_db

Choose = Callable[..., None]


@pytest.fixture
def choose(by: Actor, scope: Scope, pages: Setting[int], django_capture_on_commit_callbacks: Any) -> Choose:
    """Set the pages and commit: `choose(4, agent=agent)`, `choose(4, environment=None)` for the company."""

    def choose(value: int | None, environment: str | None = scope.environment, **whose: Any) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            set_setting(by=by, owner=Owner(scope.company_id, environment, **whose), setting=pages, value=value)

    return choose


class TestResolve:
    def test_the_narrowest_level_counts_and_is_named(
        self, scope: Scope, pages: Setting[int], queue: Queue, agent: Agent, choose: Choose
    ) -> None:
        def now() -> tuple[int, Level | None]:
            stored = stored_settings(scope, agent=agent, queue_id=queue.pk).resolve(pages)
            cached = resolve(pages, scope, agent=agent, queue_id=queue.pk)
            assert cached == stored
            return cached.value, cached.level

        assert now() == (3, None)
        choose(4, environment=None)
        assert now() == (4, Level.COMPANY)
        choose(5)
        assert now() == (5, Level.ENVIRONMENT)
        choose(6, queue=queue)
        assert now() == (6, Level.QUEUE)
        choose(7, agent=agent)
        assert now() == (7, Level.AGENT)
        without = settings_for(scope, agent=agent, queue_id=queue.pk).without(Level.AGENT)
        assert without.resolve(pages).level == Level.QUEUE
        for whose in ({"agent": agent}, {"queue": queue}, {}, {"environment": None}):
            choose(None, **whose)
        assert now() == (3, None)
        assert not SettingValue.objects.exists()

    def test_other_companies_environments_queues_and_agents_keep_theirs(
        self, company: Company, scope: Scope, pages: Setting[int], queue: Queue, agent: Agent, choose: Choose
    ) -> None:
        globex = make_company("globex")
        tom = Agent.objects.create(company=company, environment="production", external_id="tom")
        choose(5)
        choose(6, queue=queue)
        choose(7, agent=agent)
        assert resolve(pages, Scope(globex.pk, "production")).value == 3
        assert resolve(pages, Scope(company.pk, "sandbox"), queue_id=queue.pk).value == 3
        assert resolve(pages, scope, agent=tom).value == 5
        assert resolve(pages, scope, queue_id=Queue.objects.create(company=company, name="q").pk).value == 5

    def test_an_agent_of_another_scope_is_refused(self, company: Company, agent: Agent) -> None:
        for other in (Scope(company.pk, "sandbox"), Scope(make_company("globex").pk, "production")):
            for read in (settings_for, stored_settings):
                with pytest.raises(ForeignOwnerError):
                    read(other, agent=agent)

    def test_what_is_cached_costs_no_query_and_what_is_known_no_trip(
        self,
        scope: Scope,
        pages: Setting[int],
        agent: Agent,
        choose: Choose,
        django_assert_num_queries: DjangoAssertNumQueries,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        choose(4)
        with django_assert_num_queries(2):  # the company's values and the agent's
            settings_for(scope, agent=agent)
        with django_assert_num_queries(1):
            stored_settings(scope, agent=agent)
        trips = []
        real = versions.read
        monkeypatch.setattr(versions, "read", lambda keys: trips.append(keys) or real(keys))
        with django_assert_num_queries(0):
            assert settings_for(scope, agent=agent)[pages] == 4
            assert len(trips) == 1
            known = real([settings_key(scope.company_id), agent_key(agent.pk)])
            assert settings_for(scope, agent=agent, known=known)[pages] == 4
        assert len(trips) == 1

    def test_a_stored_value_that_is_not_valid_any_more_does_not_count(
        self, company: Company, scope: Scope, pages: Setting[int], caplog: pytest.LogCaptureFixture
    ) -> None:
        SettingValue.objects.create(company=company, name=pages.name, value=4)
        SettingValue.objects.create(company=company, environment="production", name=pages.name, value=99)
        SettingValue.objects.create(company=company, environment="production", name="tests.dropped", value=1)
        assert resolve(pages, scope).value == 4
        assert "a stored value of a setting is not valid" in caplog.text


class TestChange:
    def test_it_is_on_record_with_before_and_after(
        self, company: Company, agent: Agent, queue: Queue, choose: Choose
    ) -> None:
        for value in (4, 4, 5, None, None):
            choose(value, agent=agent)
        choose(6, queue=queue)
        choose(7, environment=None)
        rows = AuditEntry.objects.filter(company=company, action__startswith="setting.").order_by("at")
        assert [(row.action, row.subject_type, row.subject_id) for row in rows] == [
            ("setting.changed", "Agent", agent.pk),
            ("setting.changed", "Agent", agent.pk),
            ("setting.cleared", "Agent", agent.pk),
            ("setting.changed", "Queue", str(queue.pk)),
            ("setting.changed", "Company", str(company.pk)),
        ]
        values = [(row.before["value"], row.after["value"]) for row in rows]
        assert values == [(None, 4), (4, 5), (5, None), (None, 6), (None, 7)]
        assert {row.after["setting"] for row in rows} == {"tests.pages"}
        assert [row.after["environment"] for row in rows] == ["production"] * 4 + [None]

    def test_texts_are_not_in_the_audit_log(self, by: Actor, agent: Agent) -> None:
        set_setting(by=by, owner=Owner.of_agent(agent), setting=GENERIC_TEXT, value="Hello Nora")
        assert AuditEntry.objects.get(action="setting.changed").after["value"] == "text of 10 characters"

    def test_several_are_set_together_or_not_at_all(self, by: Actor, scope: Scope, agent: Agent) -> None:
        owner = Owner.of_agent(agent)
        set_settings(by=by, owner=owner, values={GREETS: True, GENERIC_TEXT: "Hi", NAMED_TEXT: None})
        assert SettingValue.objects.count() == 2
        with pytest.raises(InvalidValueError):
            set_settings(by=by, owner=owner, values={GREETS: False, GENERIC_TEXT: "x" * 100_000})
        settings = stored_settings(scope, agent=agent)
        assert (settings[GREETS], settings[GENERIC_TEXT]) == (True, "Hi")
        assert AuditEntry.objects.filter(action__startswith="setting.").count() == 2

    def test_an_effect_runs_for_each_change_and_its_failure_undoes_the_change(
        self, by: Actor, scope: Scope, agent: Agent, pages: Setting[int], choose: Choose
    ) -> None:
        seen: list[tuple[Any, Any]] = []

        @after_change(pages)
        def note(change: Change) -> None:
            assert stored_settings(scope, agent=agent)[pages] == (change.after or 3)
            seen.append((change.before, change.after))
            if change.after == 9:
                raise RuntimeError

        for value in (4, 4, None):
            choose(value, agent=agent)
        assert seen == [(None, 4), (4, None)]
        with pytest.raises(RuntimeError):
            set_setting(by=by, owner=Owner.of_agent(agent), setting=pages, value=9)
        assert not SettingValue.objects.exists()

    def test_clearing_says_whether_there_was_a_value(self, by: Actor, agent: Agent, pages: Setting[int]) -> None:
        owner = Owner.of_agent(agent)
        assert clear_setting(by=by, owner=owner, setting=pages) is None
        set_setting(by=by, owner=owner, setting=pages, value=4)
        change = clear_setting(by=by, owner=owner, setting=pages)
        assert change is not None
        assert (change.before, change.after) == (4, None)

    def test_an_agents_own_value_makes_nobody_elses_stale(
        self, scope: Scope, agent: Agent, queue: Queue, choose: Choose
    ) -> None:
        keys = [settings_key(scope.company_id), agent_key(agent.pk)]

        def changed(**whose: Any) -> list[bool]:
            before = versions.read(keys)
            choose(SettingValue.objects.count() + 1, **whose)
            after = versions.read(keys)
            return [before[key] != after[key] for key in keys]

        assert changed(agent=agent) == [False, True]
        assert changed(queue=queue) == [True, False]
        assert changed() == [True, False]


class TestRefusals:
    def test_foreign_queues_agents_and_actors(self, company: Company, agent: Agent, pages: Setting[int]) -> None:
        globex = make_company("globex")
        theirs = Queue.objects.create(company=globex, name="sales")
        foreign = Agent.objects.create(company=globex, environment="production", external_id="a9")
        sandboxed = Agent.objects.create(company=company, environment="sandbox", external_id="a1")
        for whose in ({"queue": theirs}, {"agent": foreign}, {"agent": sandboxed}):
            with pytest.raises(ForeignOwnerError):
                Owner(company.pk, "production", **whose)
        with pytest.raises(ForeignOwnerError):
            set_setting(by=Actor.system(globex.pk), owner=Owner.of_agent(agent), setting=pages, value=4)
        for owner in ({"queue": theirs}, {"agent": foreign}):
            with pytest.raises(ValueError, match="in one environment"):
                Owner(globex.pk, None, **owner)
        assert not SettingValue.objects.exists()

    def test_a_level_that_is_not_declared(self, by: Actor, scope: Scope, queue: Queue) -> None:
        with pytest.raises(LevelNotAllowedError, match=r"greetings\.enabled cannot be set for one queue"):
            set_setting(by=by, owner=Owner(scope.company_id, "production", queue=queue), setting=GREETS, value=True)

    def test_a_value_out_of_bounds(self, by: Actor, scope: Scope, pages: Setting[int]) -> None:
        with pytest.raises(InvalidValueError, match="pages from 1 to 9"):
            set_setting(by=by, owner=Owner(scope.company_id), setting=pages, value=10)

    def test_people_change_what_their_roles_allow(self, company: Company, pages: Setting[int]) -> None:
        maya, tom = hire(company, "maya"), hire(company, "tom")
        admin = make_user(company, "jonas", roles=("admin",))
        developer = make_user(company, "lee", roles=("developer",))
        own, other = (Owner.of_agent(Agent.objects.get(user=user, environment="production")) for user in (maya, tom))

        def may(person: User, owner: Owner) -> bool:
            try:
                set_setting(by=Actor.user(person), owner=owner, setting=pages, value=4)
            except ChangeNotAllowedError:
                return False
            return True

        wide = Owner(company.pk)
        assert [may(maya, owner) for owner in (own, other, wide)] == [True, False, False]
        assert [may(admin, owner) for owner in (own, other, wide)] == [True, True, True]
        assert [may(developer, owner) for owner in (own, other, wide)] == [False, False, False]
        User.objects.filter(pk=admin.pk).update(is_active=False)
        assert not may(admin, own)

    def test_customers_change_nothing(self, company: Company, pages: Setting[int]) -> None:
        customer = Actor(company.pk, ActorKind.CUSTOMER, "1")
        with pytest.raises(ChangeNotAllowedError):
            set_setting(by=customer, owner=Owner(company.pk), setting=pages, value=4)

    def test_the_database_holds_one_value_for_each_owner(self, company: Company, queue: Queue, agent: Agent) -> None:
        for whose in (
            {},
            {"environment": "production"},
            {"environment": "production", "queue": queue},
            {"environment": "production", "agent": agent},
        ):
            SettingValue.objects.create(company=company, name="tests.pages", value=1, **whose)
            with pytest.raises(IntegrityError), transaction.atomic():
                SettingValue.objects.create(company=company, name="tests.pages", value=2, **whose)
        for wrong in (
            {"environment": "production", "queue": queue, "agent": agent},
            {"queue": queue},
            {"agent": agent},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                SettingValue.objects.create(company=company, name="tests.other", value=1, **wrong)


def test_a_value_read_before_a_change_is_not_cached_beyond_it(
    scope: Scope, pages: Setting[int], choose: Choose
) -> None:
    known = versions.read([settings_key(scope.company_id)])
    choose(4)
    forget_all()
    assert settings_for(scope, known=known)[pages] == 4
    choose(5)
    assert settings_for(scope)[pages] == 5
