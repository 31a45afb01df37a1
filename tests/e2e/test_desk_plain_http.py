"""The desk on plain http, as any host of a local network without TLS: browsers call that no secure context."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from conversations.models import Conversation, Message
from tests.e2e.conftest import Tab, session_cookies
from tests.e2e.desk_page import OpenDesk, field, log, ready, write
from tests.e2e.desk_server import PLAIN_HOST, DeskServer
from tests.leaving import it_returns

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WORDS = "Your refund is on its way, it takes three days."


@pytest.fixture
def open_plain(open_desk: OpenDesk, desk_server: DeskServer, maya: User) -> Callable[[], Tab]:
    def open_() -> Tab:
        url = f"http://{PLAIN_HOST}:{desk_server.port}"
        cookies = session_cookies(maya, url)
        tab = open_desk("/healthz")

        def steps(page: Page) -> None:
            page.context.add_cookies(cookies)
            page.goto(f"{url}/desk")
            assert page.evaluate("isSecureContext") is False
            ready(page)

        tab.do(steps)
        return tab

    return open_


def test_messages_and_notes_go_out(open_plain: Callable[[], Tab], nora: Conversation) -> None:
    def steps(page: Page) -> None:
        write(page, WORDS)
        page.keyboard.press("Enter")
        expect(log(page)).to_contain_text(WORDS)
        expect(field(page)).to_have_value("")
        page.get_by_role("tab", name="Notes").click()
        page.get_by_label("New note").fill("Refund promised")
        page.get_by_role("button", name="Add note").click()
        expect(log(page)).to_contain_text("Refund promised")

    open_plain().do(steps)
    stored = nora.messages.filter(role="agent").order_by("sequence").values_list("text", flat=True)
    assert list(stored) == [WORDS, "Refund promised"]


def test_words_can_be_copied(open_plain: Callable[[], Tab], maya: User, nora: Conversation) -> None:
    tab = open_plain()
    tab.do(lambda page: write(page, WORDS))
    it_returns(nora, maya)

    def steps(page: Page) -> None:
        copy = page.locator("[data-left-words]").get_by_role("button", name="Copy")
        copy.click()
        expect(page.locator("[data-desk] [data-announcer]")).to_have_text("Copied")
        expect(copy).to_be_focused()

    tab.do(steps)


def test_whatever_fails_on_the_way_leaves_the_words_where_they_were(
    open_desk: OpenDesk, maya: User, nora: Conversation
) -> None:
    tab = open_desk("/desk", user=maya)

    def steps(page: Page) -> None:
        ready(page)
        write(page, WORDS)
        page.evaluate("() => { crypto.randomUUID = () => { throw new Error('no ids') }; }")
        page.keyboard.press("Enter")
        expect(page.locator("[data-alert]")).to_contain_text("could not be sent")
        expect(field(page)).to_have_value(WORDS)
        page.reload()
        expect(field(page)).to_have_value(WORDS)

    tab.do(steps)
    assert not Message.objects.filter(conversation=nora, role="agent").exists()
    assert ["no ids" in text for text in tab.complaints] == [True]
    tab.complaints.clear()
