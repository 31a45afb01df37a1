"""GET /desk/conversations/<id>/responses/<list>: the lists at the right side, to browse and to search."""

from __future__ import annotations

import re

import pytest
from django.http import HttpResponse

from accounts.actors import Actor
from accounts.models import Agent, Company, User
from composer.desk.display.response_panel import PER_PAGE
from conversations.models import Conversation
from responses.services import ListRow, create_folder, create_response
from tests.composer.conftest import browser_of, hire, place
from tests.composer.desk_gate import ULID, Gated, desk_path
from tests.factories import make_list


class TestGate(Gated):
    rest = "responses/global"


class TestGateOfTheOwnList(Gated):
    rest = "responses/custom"


def agent_of(user: User) -> Agent:
    return Agent.objects.get(user=user, environment="production")


def texts(page: HttpResponse) -> list[str]:
    return re.findall(r'<p class="response__text" dir="auto">(.*?)</p>', page.content.decode(), re.S)


def folders(page: HttpResponse) -> list[str]:
    return re.findall(r'class="folders__link".*?<span>(.*?)</span></a>', page.content.decode(), re.S)


@pytest.fixture
def listed(company: Company) -> None:
    make_list(
        company,
        ListRow("Hello, {NAME}.", title="Greeting", folder=("Openings",)),
        ListRow("Back to <you>, {UNKNOWN}.", title="Deep", folder=("Openings", "Evening")),
        "Your order is on its way.",
    )


@pytest.mark.usefixtures("listed")
class TestGlobal:
    def test_the_top_shows_folders_and_what_lies_in_none(self, maya: User, talk: Conversation) -> None:
        page = browser_of(maya).get(desk_path(talk, "responses/global"))
        assert page.status_code == 200
        assert folders(page) == ["Openings"]
        assert texts(page) == ["Your order is on its way."]
        html = page.content.decode()
        assert "<html" not in html
        assert "Add folder" not in html
        assert 'data-source="global" data-text="Your order is on its way."' in html

    def test_a_folder_shows_its_own_with_inserts_filled_in(self, maya: User, talk: Conversation) -> None:
        browser = browser_of(maya)
        top = browser.get(desk_path(talk, "responses/global")).content.decode()
        [link] = re.findall(r'folders__link" href="#" hx-get="([^"]+)"', top)
        page = browser.get(link)
        assert texts(page) == ["Hello, Nora."]
        assert folders(page) == ["Evening"]
        assert '<span aria-current="true" tabindex="-1" data-focus>Openings</span>' in page.content.decode()
        [deeper] = re.findall(r'folders__link" href="#" hx-get="([^"]+)"', page.content.decode())
        # One without a value stays as it is written: the agent sees that something is missing.
        assert texts(browser.get(deeper)) == ["Back to &lt;you&gt;, {UNKNOWN}."]

    def test_a_search_looks_everywhere_forgives_a_slip_and_keeps_the_term(self, maya: User, talk: Conversation) -> None:
        browser = browser_of(maya)
        page = browser.get(desk_path(talk, "responses/global"), {"q": " ordre "})
        assert texts(page) == ["Your order is on its way."]
        html = page.content.decode()
        assert 'value="ordre"' in html
        assert 'data-query="ordre"' in html
        assert 'data-announce="1 found"' in html
        # By folder, with the folder's name.
        page = browser.get(desk_path(talk, "responses/global"), {"q": "evening"})
        assert texts(page) == ["Back to &lt;you&gt;, {UNKNOWN}."]
        assert '<p class="response__folder">Evening</p>' in page.content.decode()

    @pytest.mark.parametrize("term", ["zzzzqq", '"><script>', "\0", "😀" * 300, "%"])
    def test_a_search_without_a_hit_says_so(self, maya: User, talk: Conversation, term: str) -> None:
        page = browser_of(maya).get(desk_path(talk, "responses/global"), {"q": term})
        assert page.status_code == 200
        assert texts(page) == []
        assert "No response matches" in page.content.decode()
        assert "<script>" not in page.content.decode()

    @pytest.mark.parametrize(
        "query", ["folder=nonsense", f"folder={ULID}", "folder=%00", "offset=x", "offset=-1", "offset=²"]
    )
    def test_an_address_that_makes_no_sense_shows_the_top(self, maya: User, talk: Conversation, query: str) -> None:
        page = browser_of(maya).get(desk_path(talk, f"responses/global?{query}"))
        assert page.status_code == 200
        assert folders(page) == ["Openings"]


def test_a_company_without_a_list_is_told_who_deploys_it(maya: User, talk: Conversation) -> None:
    html = browser_of(maya).get(desk_path(talk, "responses/global")).content.decode()
    assert "No list is deployed yet." in html


def test_another_companys_list_is_not_here(maya: User, talk: Conversation, stranger: Company) -> None:
    make_list(stranger, "Their words")
    assert texts(browser_of(maya).get(desk_path(talk, "responses/global"))) == []


def test_long_lists_come_in_pages(company: Company, maya: User, talk: Conversation) -> None:
    make_list(company, *(f"Response number {number:03}" for number in range(PER_PAGE + 3)))
    browser = browser_of(maya)
    page = browser.get(desk_path(talk, "responses/global"))
    assert len(texts(page)) == PER_PAGE
    [more] = re.findall(r'<p class="side__more"><button[^>]* hx-get="([^"]+)"', page.content.decode())
    rest = browser.get(more.replace("&amp;", "&"))
    assert len(texts(rest)) == 3
    assert set(texts(rest)).isdisjoint(texts(page))
    assert "side__more" not in rest.content.decode()
    assert "This folder is empty" not in rest.content.decode()


class TestCustom:
    def test_it_is_the_agents_own(self, company: Company, maya: User, talk: Conversation) -> None:
        by = Actor.system(company.pk)
        folder = create_folder(by=by, agent=agent_of(maya), name="Mine <b>")
        row = create_response(by=by, agent=agent_of(maya), title="Late", text="Sorry, {NAME}.", folder=folder)
        liam = hire(company, "liam")
        create_response(by=by, agent=agent_of(liam), title="His", text="His words")
        browser = browser_of(maya)
        top = browser.get(desk_path(talk, "responses/custom"))
        assert texts(top) == []
        assert folders(top) == ["Mine &lt;b&gt;"]
        inside = browser.get(desk_path(talk, f"responses/custom?folder={folder.pk}"))
        assert texts(inside) == ["Sorry, Nora."]
        html = inside.content.decode()
        assert f"/responses/{row.pk}/change" in html
        assert "Name of a new folder in this one" in html
        assert f'name="folder" value="{folder.pk}"' in html
        assert texts(browser.get(desk_path(talk, "responses/custom?q=words"))) == []

    def test_an_empty_one_says_what_it_is_for(self, maya: User, talk: Conversation) -> None:
        html = browser_of(maya).get(desk_path(talk, "responses/custom")).content.decode()
        assert "You have no responses of your own yet." in html


def test_a_conversation_that_waits_has_no_values_yet(company: Company, maya: User) -> None:
    make_list(company, "Hello, {rep_name}.")
    waiting = place(company, "waits")
    page = browser_of(maya).get(desk_path(waiting, "responses/global"))
    assert texts(page) == ["Hello, {rep_name}."]


def test_there_are_two_lists(maya: User, talk: Conversation) -> None:
    assert browser_of(maya).get(desk_path(talk, "responses/theirs")).status_code == 404
