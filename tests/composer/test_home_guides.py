"""The home page says to those who run a desk what they can do today, and what is done by command."""

from __future__ import annotations

import pytest

from accounts.actors import Actor
from accounts.models import Company, User
from accounts.services import create_api_credential, revoke_api_credential
from tests.composer.conftest import browser_of, hire

pytestmark = pytest.mark.django_db


def html_of(user: User) -> str:
    return browser_of(user).get("/").content.decode()


def test_an_administrator_reads_how_the_company_stands(company: Company, maya: User, stranger: Company) -> None:  # noqa: ARG001
    hire(stranger, "others", "agent")
    page = browser_of(hire(company, "ada", "admin")).get("/")
    overview = page.context["overview"]
    assert (overview.people, overview.agents, overview.list_number) == (2, 1, None)
    assert f"create_user --company {company.slug}" in page.content.decode()


def test_a_supervisor_reads_what_is_not_here_yet(sam: User) -> None:
    assert "not here yet" in html_of(sam)


def test_a_developer_finds_the_keys_of_the_company(company: Company, dana: User, stranger: Company) -> None:
    by = Actor.system(company.pk)
    ours = create_api_credential(by=by, company=company, environment="sandbox", name="CRM").credential
    gone = create_api_credential(by=by, company=company, environment="sandbox", name="Old").credential
    revoke_api_credential(by=by, credential=gone)
    theirs = create_api_credential(by=Actor.system(stranger.pk), company=stranger, environment="sandbox", name="X")
    html = html_of(dana)
    assert f"asapp-api-id: {ours.api_id}" in html
    assert "http://testserver/v1/health" in html
    assert gone.api_id not in html
    assert theirs.credential.api_id not in html


def test_a_developer_without_a_key_learns_how_one_is_made(company: Company, dana: User) -> None:
    assert f"create_api_credentials --company {company.slug}" in html_of(dana)


def test_agents_see_none_of_it(maya: User) -> None:
    assert 'class="card guide"' not in html_of(maya)
