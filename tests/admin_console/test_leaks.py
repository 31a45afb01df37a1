"""Commands for an administrator when something has leaked: passwords, change_user, end_sessions, revoking keys."""

from __future__ import annotations

import io
import json

import pytest
from django.test import Client

from accounts.actors import Actor
from accounts.models import ApiCredential, AuditEntry, Company, User
from accounts.services import create_queue
from tests.commanding import run

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse"
NEW = ("create_user", "--company", "acme", "--role", "agent")
ANA = (*NEW, "--username", "ana")
CHANGE = ("change_user", "--company", "acme", "--username", "ana")
KEY = ("create_api_credentials", "--company", "acme", "--environment", "production", "--json", "--name")


@pytest.fixture
def acme() -> Company:
    run("create_company", "acme", "--name", "Acme")
    return Company.objects.get(slug="acme")


@pytest.fixture
def ana(acme: Company) -> User:  # noqa: ARG001
    run(*ANA, "--password", PASSWORD)
    return User.objects.get(username="ana")


def browser_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def is_signed_in(browser: Client) -> bool:
    return browser.get("/password").status_code == 200


@pytest.mark.usefixtures("acme")
class TestPasswords:
    def test_a_password_is_generated_unless_one_is_given(self) -> None:
        generated = run(*ANA).out.splitlines()[1].removeprefix("password ")
        assert len(generated) >= 12
        assert User.objects.get().check_password(generated)
        assert "password" not in run(*ANA).out, "an existing person keeps their password"
        assert User.objects.get().check_password(generated)

    def test_a_password_is_read_from_standard_input(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
        said = run(*ANA, "--password-stdin")
        assert PASSWORD not in said.out + said.err
        assert User.objects.get().check_password(PASSWORD)

    def test_a_password_on_the_command_line_gets_a_warning(self) -> None:
        said = run(*ANA, "--password", PASSWORD)
        assert "can list processes" in said.err
        assert PASSWORD not in said.out + said.err

    @pytest.mark.parametrize(
        ("password", "says"), [("x", "at least 10"), ("password123", "common"), ("ana-ana-ana", "similar")]
    )
    def test_the_rules_of_the_page_apply(self, password: str, says: str) -> None:
        failed = run(*NEW, "--username", "ana-ana-an", "--password", password).failed
        assert failed.startswith("password: ")
        assert says in failed
        assert not User.objects.exists()

    def test_the_rules_apply_to_changes_too(self, ana: User) -> None:
        assert "at least 10" in run(*CHANGE, "--password", "short").failed
        assert "at least 10" in run(*ANA, "--password", "short").failed
        ana.refresh_from_db()
        assert ana.check_password(PASSWORD)


class TestChangingPeople:
    def test_a_person_is_deactivated_and_reactivated(self, ana: User) -> None:
        browser = browser_of(ana)
        assert run(*CHANGE, "--inactive").out == "user ana: deactivated; all sessions ended\n"
        assert run(*CHANGE, "--inactive").out == "user ana: nothing to change\n"
        assert not is_signed_in(browser)
        assert run(*CHANGE, "--active").out == "user ana: active again\n"
        assert not is_signed_in(browser), "an old session stays ended"
        actions = set(AuditEntry.objects.filter(subject_id=str(ana.pk)).values_list("action", flat=True))
        assert {"user.deactivated", "user.reactivated"} <= actions

    def test_roles_and_queues_are_added_and_removed(self, acme: Company, ana: User) -> None:
        for name in ("billing", "mobile"):
            create_queue(by=Actor.system(acme.pk), company=acme, name=name)
        run(*CHANGE, "--add-queue", "billing")
        changes = (
            "--add-role",
            "admin",
            "--remove-role",
            "agent",
            "--add-queue",
            "mobile",
            "--remove-queue",
            "billing",
        )
        assert run(*CHANGE, *changes).out == "user ana: roles: admin; queues: mobile\n"
        assert ana.role_names() == {"admin"}
        roles = AuditEntry.objects.get(action="user.roles_changed")
        assert (roles.before, roles.after) == ({"roles": ["agent"]}, {"roles": ["admin"]})
        queues = AuditEntry.objects.filter(action="user.queues_changed").values_list("before", "after")
        assert list(queues.order_by("at")) == [
            ({"queues": []}, {"queues": ["billing"]}),
            ({"queues": ["billing"]}, {"queues": ["mobile"]}),
        ]
        assert "no queue 'nope' in acme" in run(*CHANGE, "--add-queue", "nope").failed

    def test_a_new_agent_can_answer(self, acme: Company) -> None:  # noqa: ARG002
        run("create_user", "--company", "acme", "--username", "dev", "--role", "developer")
        run("change_user", "--company", "acme", "--username", "dev", "--add-role", "agent")
        assert User.objects.get(username="dev").agents.count() == 2

    def test_a_password_is_generated(self, ana: User) -> None:
        browser = browser_of(ana)
        said = run(*CHANGE, "--generate-password").out.splitlines()
        assert said[0] == "user ana: new password; all sessions ended"
        ana.refresh_from_db()
        assert ana.check_password(said[1].removeprefix("password "))
        assert not is_signed_in(browser)

    def test_another_companys_people_cannot_be_changed(self, ana: User) -> None:
        run("create_company", "globex", "--name", "Globex")
        browser = browser_of(ana)
        other = ("--company", "globex", "--username", "ana")
        assert "no user 'ana' in globex" in run("change_user", *other, "--inactive").failed
        assert "no user 'ana' in globex" in run("end_sessions", *other).failed
        run("end_sessions", "--company", "globex")
        assert is_signed_in(browser)


class TestEndingSessions:
    def test_of_one_person_or_of_all(self, acme: Company, ana: User) -> None:  # noqa: ARG002
        run(*NEW, "--username", "ben")
        hers, his = browser_of(ana), browser_of(User.objects.get(username="ben"))
        assert run("end_sessions", "--company", "acme", "--username", "ana").out == "1 sessions of ana ended\n"
        assert not is_signed_in(hers)
        assert is_signed_in(his)
        assert run("end_sessions", "--company", "acme").out == "1 sessions of people of acme ended\n"
        assert not is_signed_in(his)
        actions = AuditEntry.objects.filter(action__endswith="sessions_ended").values_list("action", "after")
        assert dict(actions) == {
            "user.sessions_ended": {"ended_sessions": 1},
            "company.sessions_ended": {"ended_sessions": 1},
        }

    def test_of_customers(self, acme: Company) -> None:
        create_queue(by=Actor.system(acme.pk), company=acme, name="billing")
        browser = Client()
        browser.get("/chat/acme")
        assert browser.post("/chat/acme", {"name": "Nora", "queue": "billing"}).status_code == 303
        assert "data-conversation" in browser.get("/chat/acme").content.decode()
        assert run("end_sessions", "--company", "acme", "--visitors").out == "1 sessions of customers ended\n"
        assert "data-conversation" not in browser.get("/chat/acme").content.decode()
        assert AuditEntry.objects.get(action="company.visitors_forgotten").after == {"visitors": 1}


class TestKeys:
    def test_they_are_listed_and_revoked(self, acme: Company) -> None:
        revoke = ("revoke_api_credentials", "--company", "acme")
        ids = [json.loads(run(*KEY, name).out)["id"] for name in ("CRM", "CRM", "CRM", "shop")]
        assert [line.split()[0] for line in run("list_api_credentials").out.splitlines()] == ids[::-1]
        assert ids[0] in run(*revoke, "--id", ids[0]).out
        assert f"no live credential '{ids[0]}'" in run(*revoke, "--id", ids[0]).failed
        run(*revoke, "--name", "CRM")
        listed = [
            json.loads(line) for line in run("list_api_credentials", "--company", "acme", "--json").out.splitlines()
        ]
        assert {row["id"] for row in listed if row["revoked"]} == set(ids[:3])
        assert (listed[0]["name"], listed[0]["families"]) == ("shop", ["autocompose", "conversation"])
        run(*revoke, "--all")
        assert not ApiCredential.objects.filter(company=acme, revoked_at__isnull=True).exists()
        assert "no live credential matches" in run(*revoke, "--all").failed
        assert AuditEntry.objects.filter(action="credential.revoked").count() == 4
