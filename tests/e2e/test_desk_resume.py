"""A desk that comes back has every row of every conversation, and one that is not welcomed says so."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from accounts.models import Company, User
from conversations.models import Conversation
from tests.composer.conftest import place
from tests.e2e.conftest import Tab
from tests.e2e.desk_page import SOCKET, Line, OpenDesk, card, cards, field, log, ready, write
from tests.factories import say

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("nora")]

MANY = 104


def listened_to(open_desk: OpenDesk, maya: User, line: Line) -> Tab:
    tab = open_desk("/healthz", user=maya)

    def steps(page: Page) -> None:
        page.route_web_socket(SOCKET, line)
        page.goto("/desk")

    tab.do(steps)
    return tab


def test_more_conversations_than_one_hello_takes(open_desk: OpenDesk, company: Company, maya: User) -> None:
    for number in range(MANY - 1):
        place(company, f"c{number}", status="live", agent="maya", customer=f"Customer {number}")
    last = Conversation.objects.get(external_id=f"c{MANY - 2}")
    line = Line()
    tab = listened_to(open_desk, maya, line)

    def cut(page: Page) -> None:
        expect(cards(page)).to_have_count(MANY)
        card(page, f"Customer {MANY - 2}").click()
        expect(page.get_by_role("heading", name=f"Customer {MANY - 2}")).to_be_visible()
        line.cut()

    tab.do(cut)
    say(last, "While you were away")
    tab.do(lambda page: expect(log(page)).to_contain_text("While you were away"))
    say(last, "And now")
    tab.do(lambda page: expect(log(page)).to_contain_text("And now"))
    hellos = [frame for frame in line.sent if frame["t"] == "hello"]
    assert max(len(frame["resume"]) for frame in hellos) <= 100
    tab.forgive_lost_line()


class RefusingLine(Line):
    """The server does not understand what the desk says first, while `refuses`."""

    refuses = True

    def _out(self, server: WebSocketRoute, text: str) -> None:
        frame = json.loads(text)
        if frame["t"] == "hello" and self.refuses:
            text = json.dumps({"t": "hello", "resume": {"x": -1}})
        super()._out(server, text)


def test_a_desk_that_is_not_welcomed_says_so_and_tries_again(open_desk: OpenDesk, maya: User) -> None:
    line = RefusingLine()
    tab = listened_to(open_desk, maya, line)

    def steps(page: Page) -> None:
        expect(page.locator("[data-banner]")).to_contain_text("cannot be loaded")
        line.refuses = False
        expect(cards(page)).to_have_count(1)
        expect(page.locator("[data-banner]")).not_to_contain_text("cannot be loaded")
        write(page, "Here again")
        page.keyboard.press("Enter")
        expect(log(page)).to_contain_text("Here again")

    tab.do(steps)


class LeakyLine(Line):
    """Rows are lost on the way, while `leaks`."""

    leaks = False

    def _in(self, text: str) -> None:
        if not (self.leaks and json.loads(text)["t"] == "rows"):
            super()._in(text)


def test_a_row_that_was_lost_on_the_way_is_asked_for(open_desk: OpenDesk, maya: User, nora: Conversation) -> None:
    line = LeakyLine()
    tab = listened_to(open_desk, maya, line)
    tab.do(ready)
    line.leaks = True
    say(nora, "The first one", after=1)
    say(nora, "The second one", after=2)
    tab.do(lambda page: expect(card(page, "Nora")).to_be_visible())
    line.leaks = False
    say(nora, "The third one", after=3)

    def steps(page: Page) -> None:
        expect(log(page)).to_contain_text("The third one")
        texts = page.locator("[data-rows] .message__text").all_inner_texts()
        assert texts[-3:] == ["The first one", "The second one", "The third one"]
        expect(field(page)).to_be_focused()

    tab.do(steps)
