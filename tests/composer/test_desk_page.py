"""GET /desk: the page of an agent."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Company, User
from tests.composer.conftest import browser_of, hire, place


def test_it_carries_what_its_script_needs_and_nobodys_conversation(company: Company, maya: User) -> None:
    place(company, "one", status="live", agent="maya", lines=[("customer", "My secret", 3)])
    page = browser_of(maya).get("/desk")
    assert page.status_code == 200
    html = page.content.decode()
    for part in ('data-agent="maya"', 'data-socket="/desk/socket"', 'data-too-long="300"', 'data-template="message"'):
        assert part in html
    # What is said comes over the line, to whoever it is with by then.
    assert "My secret" not in html
    assert "Nora" not in html
    assert "no-store" in page["Cache-Control"]


def test_it_names_the_agent_as_other_systems_know_them(maya: User) -> None:
    maya.agents.update(external_id='a"<b>')
    html = browser_of(maya).get("/desk").content.decode()
    assert 'data-agent="a&quot;&lt;b&gt;"' in html


def test_an_agent_of_two_roles_has_one(company: Company) -> None:
    assert browser_of(hire(company, "kim", "agent", "supervisor")).get("/desk").status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_other_methods_are_refused(maya: User, method: str) -> None:
    assert browser_of(maya).generic(method, "/desk").status_code == 405


@pytest.mark.django_db
def test_anonymous_people_sign_in_first(client: Client) -> None:
    assert client.get("/desk").url == "/sign-in?next=/desk"


def test_people_who_answer_no_customers_have_none(sam: User, dana: User) -> None:
    for user in (sam, dana):
        browser = browser_of(user)
        assert browser.get("/desk").status_code == 403
        assert 'href="/desk"' not in browser.get("/").content.decode()


def test_it_is_the_same_few_queries_for_everybody(
    company: Company, maya: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = browser_of(maya)
    for number in range(5):
        place(company, str(number), status="live", agent="maya")
    # Session, person, company, roles; the agent; eight for the status and what waits.
    with django_assert_num_queries(13):
        browser.get("/desk")
