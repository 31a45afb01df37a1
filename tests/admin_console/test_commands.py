"""create_company, create_user, create_api_credentials."""

from __future__ import annotations

import json

import pytest

from accounts.models import Agent, ApiCredential, AuditEntry, Company, Queue, User
from accounts.services import secret_digest
from conversations.selectors import Scope
from responses.models import Insert
from responses.selectors import company_greets
from safety.models import RedactionRule
from tests.commanding import run

pytestmark = pytest.mark.django_db

USER = ("create_user", "--company", "acme", "--username", "ana", "--password", "correct horse", "--role", "agent")
KEY = ("create_api_credentials", "--company", "acme", "--environment", "production", "--name", "CRM")


@pytest.fixture
def acme() -> Company:
    run("create_company", "acme", "--name", "Acme")
    return Company.objects.get(slug="acme")


def test_a_company_starts_ready_for_work() -> None:
    said = run("create_company", "acme", "--name", "Acme & Sons", "--time-zone", "Europe/Dublin")
    assert said.out == "company acme: created (Acme & Sons)\n"
    company = Company.objects.get()
    assert (company.slug, company.name, company.time_zone) == ("acme", "Acme & Sons", "Europe/Dublin")
    assert RedactionRule.objects.filter(company=company).count() == 8
    assert set(Insert.objects.values_list("name", flat=True)) == {"NAME", "rep_name", "TIME_OF_DAY"}
    assert not company_greets(Scope(company.pk, "production"))


def test_create_company_renames_an_existing_company(acme: Company) -> None:
    assert "exists already (New)" in run("create_company", "acme", "--name", "New").out
    acme.refresh_from_db()
    assert acme.name == "New"
    assert RedactionRule.objects.count() == 8
    said = run("create_company", "acme", "--name", "New", "--time-zone", "Europe/Dublin")
    assert "the time zone stays UTC" in said.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("Ac me", "--name", "x"), "marker:"),
        (("", "--name", "x"), "marker:"),
        (("acme", "--name", "x", "--time-zone", "Moon/Base"), "time_zone: 'Moon/Base' is not a time zone"),
        (("acme", "--name", ""), "name:"),
    ],
)
def test_a_bad_company_is_refused(arguments: tuple[str, ...], says: str) -> None:
    assert says in run("create_company", *arguments).failed
    assert not Company.objects.exists()


def test_a_user_can_sign_in_and_answer(acme: Company) -> None:
    said = run(*USER, "--role", "admin", "--full-name", "Ana Lopez", "--queue", "billing")
    assert said.out == "user ana: created (roles: admin, agent)\n"
    user = User.objects.get(username="ana")
    assert user.check_password("correct horse")
    assert user.company == acme
    assert {row.queue.name for row in user.queue_memberships.all()} == {"billing"}
    assert set(Agent.objects.filter(user=user).values_list("environment", "external_id")) == {
        ("production", "ana"),
        ("sandbox", "ana"),
    }
    assert AuditEntry.objects.filter(action="user.created").count() == 1


def test_create_user_adds_roles_and_sets_the_password_of_an_existing_user(acme: Company) -> None:  # noqa: ARG001
    run(*USER)
    said = run(
        "create_user", "--company", "acme", "--username", "ana", "--password", "another one", "--role", "developer"
    )
    assert said.out == "user ana: exists already (roles: agent, developer)\n"
    assert User.objects.get().check_password("another one")
    assert "the full name stays ''" in run(*USER, "--full-name", "Ana Lopez").err


def test_user_names_are_normalised(acme: Company) -> None:  # noqa: ARG001
    ligature = "\N{LATIN SMALL LIGATURE FI}ona"
    assert "user fiona: created" in run(*USER[:4], ligature, *USER[5:]).out
    assert "user fiona: exists already" in run(*USER[:4], ligature, *USER[5:]).out


def test_bad_users_are_refused(acme: Company) -> None:  # noqa: ARG001
    run("create_company", "globex", "--name", "Globex")
    run(*USER)
    assert "taken" in run(*USER[:2], "globex", *USER[3:]).failed
    assert "no company 'nope'" in run(*USER[:2], "nope", *USER[3:]).failed
    assert "invalid choice" in run(*USER[:-1], "boss").failed
    assert "username:" in run(*USER[:4], "a b", *USER[5:]).failed
    assert "password: it is empty" in run(*USER[:4], "ben", "--password", "", *USER[7:]).failed
    assert "queue: " in run(*USER[:4], "ben", *USER[5:], "--queue", "").failed
    assert "at most 100" in run(*USER[:4], "ben", *USER[5:], "--queue", "q" * 101).failed
    assert User.objects.count() == 1
    assert not Queue.objects.exists()


def test_credentials_as_json_are_one_object(acme: Company) -> None:
    said = run(*KEY, "--json")
    printed = json.loads(said.out)
    assert said.out.count("\n") == 1
    row = ApiCredential.objects.get()
    assert (row.company, row.api_id, row.secret_digest) == (acme, printed["id"], secret_digest(printed["secret"]))
    assert (row.rate_limit, row.environment) == (100, "production")
    assert {family.family for family in row.families.all()} == {"autocompose", "conversation"}


def test_credentials_can_be_limited(acme: Company) -> None:  # noqa: ARG001
    said = run(*KEY, "--rate-limit", "0", "--family", "conversation")
    assert "asapp-api-secret" in said.out
    row = ApiCredential.objects.get()
    assert row.rate_limit == 0
    assert [family.family for family in row.families.all()] == ["conversation"]
    run(*KEY)
    assert ApiCredential.objects.count() == 2, "each run creates a new pair"


def test_bad_credentials_are_refused(acme: Company) -> None:  # noqa: ARG001
    assert "no company" in run(*KEY[:2], "nope", *KEY[3:]).failed
    assert "invalid choice" in run(*KEY[:4], "staging", *KEY[5:]).failed
    assert "rate_limit" in run(*KEY, "--rate-limit", "-1").failed
    assert not ApiCredential.objects.exists()
