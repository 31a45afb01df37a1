"""Changes of who may sign in, and as what: rows, records, sessions that end, and desks that are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts import events
from accounts.access import (
    change_queues,
    change_roles,
    check_new_password,
    deactivate_user,
    delete_sessions,
    end_company_sessions,
    end_sessions,
    generated_password,
    reactivate_user,
    set_password,
    sign_out,
)
from accounts.actors import Actor
from accounts.events import agent_group, login_group, tell_agents_changed
from accounts.models import Agent, AuditEntry, Company, Queue, User, UserRole
from accounts.services import change_password, create_queue
from tests.factories import PASSWORD, make_company, make_user

pytestmark = pytest.mark.django_db

OTHER = "another long password"


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def alice(company: Company) -> User:
    return make_user(company)


@pytest.fixture
def by(company: Company) -> Actor:
    return Actor.system(company.pk)


@pytest.fixture
def billing(by: Actor, company: Company) -> Queue:
    return create_queue(by=by, company=company, name="billing")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The hints that were sent: group and type."""
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(events, "send_hint", lambda group, message: sent.append((group, message["type"])))
    return sent


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def last() -> tuple[str, Any, Any]:
    entry = AuditEntry.objects.order_by("-at", "-pk")[0]
    return entry.action, entry.before, entry.after


class TestTold:
    ACTS: dict[str, Callable[[Any, Any, Any], object]] = {
        "password set": lambda by, user, _: set_password(by=by, user=user, password=OTHER),
        "password changed": lambda _, user, __: change_password(user=user, password=OTHER),
        "deactivated": lambda by, user, _: deactivate_user(by=by, user=user),
        "roles": lambda by, user, _: change_roles(by=by, user=user, add=["admin"]),
        "sessions": lambda by, user, _: end_sessions(by=by, user=user),
    }

    @pytest.mark.parametrize("name", ACTS)
    def test_open_desks_look_at_the_login_again_once_it_is_committed(
        self,
        by: Actor,
        alice: User,
        billing: Queue,
        told: list[tuple[str, str]],
        django_capture_on_commit_callbacks: Any,
        name: str,
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            self.ACTS[name](by, alice, billing)
            assert told == [], "not before the commit"
        assert told == [(login_group(alice.pk), "login.changed")]

    def test_other_queues_are_told_to_every_desk_of_the_person(
        self,
        by: Actor,
        alice: User,
        billing: Queue,
        told: list[tuple[str, str]],
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            change_queues(by=by, user=alice, add=[billing])
        desks = {agent_group(agent.pk) for agent in Agent.objects.filter(user=alice)}
        assert {group for group, _ in told} == desks
        assert {type_ for _, type_ in told} == {"agent.changed"}

    def test_agents_that_are_none_are_told_nothing(
        self, told: list[tuple[str, str]], django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            tell_agents_changed([None, "a1", "", "a2"])
        assert told == [(agent_group("a1"), "agent.changed"), (agent_group("a2"), "agent.changed")]


class TestRoles:
    @pytest.mark.parametrize(
        ("add", "remove", "roles"),
        [
            (["admin"], [], {"agent", "admin"}),
            ([], ["agent"], set()),
            (["supervisor", "admin"], ["agent"], {"admin", "supervisor"}),
            (["agent", "admin"], ["developer"], {"agent", "admin"}),
        ],
    )
    def test_the_roles_before_and_after_are_on_record(
        self, by: Actor, alice: User, add: list[str], remove: list[str], roles: set[str]
    ) -> None:
        assert change_roles(by=by, user=alice, add=add, remove=remove)
        assert set(UserRole.objects.values_list("role", flat=True)) == roles
        assert last() == ("user.roles_changed", {"roles": ["agent"]}, {"roles": sorted(roles)})

    @pytest.mark.parametrize(("add", "remove"), [([], []), (["agent"], []), ([], ["admin"])])
    def test_nothing_new_is_no_change(self, by: Actor, alice: User, add: list[str], remove: list[str]) -> None:
        before = AuditEntry.objects.count()
        assert not change_roles(by=by, user=alice, add=add, remove=remove)
        assert AuditEntry.objects.count() == before

    @pytest.mark.parametrize("fields", [{"add": ["boss"]}, {"remove": ["boss"]}, {"add": ["admin", "boss"]}], ids=str)
    def test_an_unknown_role_changes_nothing(self, by: Actor, alice: User, fields: dict[str, list[str]]) -> None:
        with pytest.raises(ValidationError, match="boss"):
            change_roles(by=by, user=alice, **fields)
        assert alice.role_names() == {"agent"}

    def test_who_becomes_an_agent_gets_one_everywhere(self, by: Actor, company: Company) -> None:
        sam = make_user(company, "sam", roles=["admin"])
        change_roles(by=by, user=sam, add=["agent"])
        assert set(Agent.objects.filter(user=sam).values_list("environment", flat=True)) == {"production", "sandbox"}
        change_roles(by=by, user=sam, remove=["agent"])
        change_roles(by=by, user=sam, add=["agent"])
        assert Agent.objects.filter(user=sam).count() == 2


class TestQueues:
    def test_only_what_changes_is_on_record(self, by: Actor, company: Company, alice: User, billing: Queue) -> None:
        sales = create_queue(by=by, company=company, name="sales")
        assert change_queues(by=by, user=alice, add=[billing])
        assert last() == ("user.queues_changed", {"queues": []}, {"queues": ["billing"]})
        assert change_queues(by=by, user=alice, add=[sales, billing], remove=[billing])
        assert last() == ("user.queues_changed", {"queues": ["billing"]}, {"queues": ["sales"]})
        assert [row.queue for row in alice.queue_memberships.all()] == [sales]

    def test_nothing_new_is_no_change(self, by: Actor, alice: User, billing: Queue) -> None:
        assert not change_queues(by=by, user=alice, remove=[billing])
        change_queues(by=by, user=alice, add=[billing])
        assert not change_queues(by=by, user=alice, add=[billing])


class TestSessions:
    def test_a_person_who_is_switched_off_has_none_and_gets_none_back(self, by: Actor, alice: User) -> None:
        client = browser(alice)
        assert deactivate_user(by=by, user=alice)
        assert not deactivate_user(by=by, user=alice)
        assert not Session.objects.exists()
        assert reactivate_user(by=by, user=alice)
        assert not reactivate_user(by=by, user=alice)
        assert client.get("/").status_code == 302, "the old session is not good again"
        alice.refresh_from_db()
        assert alice.is_active

    def test_a_new_password_leaves_no_session_usable(self, by: Actor, alice: User) -> None:
        client = browser(alice)
        assert "_auth_user_id" in client.session
        set_password(by=by, user=alice, password=OTHER)
        assert client.get("/").status_code == 302

    def test_ending_them_counts_those_of_the_person_only(self, by: Actor, company: Company, alice: User) -> None:
        other = make_user(company, "bob")
        browser(alice), browser(alice), browser(other)
        assert end_sessions(by=by, user=alice) == 2
        assert last() == ("user.sessions_ended", None, {"ended_sessions": 2})
        assert Session.objects.count() == 1
        assert end_sessions(by=by, user=alice) == 0

    def test_those_of_a_company_end_together_and_other_companies_keep_theirs(
        self, by: Actor, company: Company, alice: User
    ) -> None:
        bob, stranger = make_user(company, "bob"), make_user(make_company("globex"), "carol")
        browser(alice), browser(bob), browser(stranger)
        assert end_company_sessions(by=by, company=company) == 2
        assert last() == ("company.sessions_ended", None, {"ended_sessions": 2})
        assert Session.objects.count() == 1

    def test_sessions_of_nobody_stay(self, alice: User) -> None:
        anonymous = Client()
        anonymous.get(reverse("sign-in"))
        session = anonymous.session
        session["seen"] = True
        session.save()
        browser(alice)
        assert delete_sessions([]) == 0
        assert delete_sessions([alice.pk, alice.pk]) == 1
        assert Session.objects.count() == 1

    def test_signing_out_is_on_record_for_a_person_and_harmless_for_nobody(self, rf: Any, alice: User) -> None:
        for user in (alice, AnonymousUser()):
            request = rf.get("/")
            request.user, request.session = user, Client().session
            before = AuditEntry.objects.count()
            sign_out(request)
            assert AuditEntry.objects.count() - before == (1 if user is alice else 0)
            assert not request.user.is_authenticated


class TestPasswords:
    def test_a_generated_one_breaks_no_rule_and_is_never_the_same(self, alice: User) -> None:
        made = {generated_password() for _ in range(20)}
        assert len(made) == 20
        for password in made:
            check_new_password(password, alice)

    @pytest.mark.parametrize("password", ["", "short", "password1234", "123456789012345"])
    def test_a_bad_one_is_not_set(self, by: Actor, alice: User, password: str) -> None:
        with pytest.raises(ValidationError) as caught:
            set_password(by=by, user=alice, password=password)
        assert set(caught.value.message_dict) == {"password"}
        alice.refresh_from_db()
        assert alice.check_password(PASSWORD)
