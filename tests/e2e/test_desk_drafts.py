"""What was written and not sent survives whatever happens to the page, the person and the line."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Error, Page, expect

from accounts.events import tell_login_changed
from accounts.models import Company, User
from composer.models import Draft
from conversations.models import Conversation, Message
from tests.composer.conftest import place
from tests.e2e.conftest import Tab
from tests.e2e.desk_page import OpenDesk, card, cards, caret, field, log, on_their_way, ready, write
from tests.e2e.desk_server import DeskServer
from tests.factories import PASSWORD
from tests.site.desk_process import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("nora")]

WORDS = "I am looking into it"


def stored(text: str) -> bool:
    wait_for(lambda: Draft.objects.filter(text=text).exists(), 5)
    return Draft.objects.filter(text=text).exists()


def sign_in(page: Page) -> None:
    page.get_by_label("User name").fill("maya")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def write_words(page: Page) -> None:
    ready(page)
    write(page, WORDS)
    for _ in "it":
        page.keyboard.press("ArrowLeft")
    expect(field(page)).to_have_value(WORDS)


def words_are_there(page: Page) -> None:
    expect(field(page)).to_have_value(WORDS)
    expect(field(page)).to_be_focused()


def crash(tab: Tab) -> None:
    """Kill the page's process: no handler of the page runs any more."""

    def steps(page: Page) -> None:
        with pytest.raises(Error, match="crash"):
            page.goto("chrome://crash")

    tab.do(steps)


def test_a_killed_tab(open_desk: OpenDesk, maya: User) -> None:
    tab = open_desk("/desk", user=maya)
    tab.do(write_words)
    crash(tab)
    open_desk("/desk", beside=tab).do(words_are_there)


def test_another_browser_has_it_too(open_desk: OpenDesk, maya: User) -> None:
    open_desk("/desk", user=maya).do(write_words)
    assert stored(WORDS)
    open_desk("/desk", user=maya).do(words_are_there)


def test_signing_out_and_in_again(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        write_words(page)
        page.get_by_role("banner").locator("[data-menu] summary").click()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        sign_in(page)
        page.get_by_role("link", name="Desk", exact=True).click()
        words_are_there(page)

    open_desk("/desk", user=maya).do(steps)
    assert stored(WORDS)


def test_a_session_that_ends_while_somebody_types(open_desk: OpenDesk, maya: User) -> None:
    tab = open_desk("/desk", user=maya)
    tab.do(write_words)
    Session.objects.all().delete()
    tell_login_changed(maya.pk)

    def steps(page: Page) -> None:
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        sign_in(page)
        words_are_there(page)

    tab.do(steps)


def test_each_conversation_has_its_own(open_desk: OpenDesk, company: Company, maya: User) -> None:
    place(company, "paul", status="live", agent="maya", customer="Paul Late")

    def steps(page: Page) -> None:
        ready(page)
        expect(cards(page)).to_have_count(2)
        card(page, "Nora").click()
        write_words(page)
        card(page, "Paul").click()
        expect(field(page)).to_have_value("")
        write(page, "For Paul")
        expect(card(page, "Nora")).to_contain_text(WORDS)
        expect(card(page, "Nora").get_by_text("Draft:")).to_be_visible()
        page.keyboard.press("Alt+ArrowUp")
        words_are_there(page)
        # With its history, and its caret.
        assert caret(page) == [len(WORDS) - 2] * 2
        page.keyboard.press("Control+z")
        expect(field(page)).not_to_have_value(WORDS)
        page.keyboard.press("Control+y")
        page.keyboard.press("Enter")
        expect(log(page)).to_contain_text(WORDS)
        expect(card(page, "Nora").get_by_text("Draft:")).to_be_hidden()
        page.keyboard.press("Alt+ArrowDown")
        expect(field(page)).to_have_value("For Paul")
        # What was sent is gone, here and after a reload.
        page.reload()
        expect(field(page)).to_have_value("For Paul")
        card(page, "Nora").click()
        expect(field(page)).to_have_value("")

    open_desk("/desk", user=maya).do(steps)
    assert list(Draft.objects.order_by("text").values_list("text", flat=True)) == ["", "For Paul"]


def test_two_tabs_show_the_same_words(open_desk: OpenDesk, maya: User) -> None:
    first = open_desk("/desk", user=maya)
    first.do(ready)
    second = open_desk("/desk", beside=first)
    second.do(write_words)
    first.do(lambda page: expect(field(page)).to_have_value(WORDS))

    def goes_on(page: Page) -> None:
        page.bring_to_front()
        field(page).focus()
        page.keyboard.press("End")
        write(page, " now")

    first.do(goes_on)
    second.do(lambda page: expect(field(page)).to_have_value(f"{WORDS} now"))
    assert stored(f"{WORDS} now")
    first.do(lambda page: page.keyboard.press("Enter"))
    second.do(lambda page: expect(log(page)).to_contain_text(f"{WORDS} now"))
    second.do(lambda page: expect(field(page)).to_have_value(""))
    assert Message.objects.filter(role="agent").count() == 1


def test_a_server_that_dies_while_a_message_is_on_its_way(
    open_desk: OpenDesk, desk_server: DeskServer, maya: User, nora: Conversation
) -> None:
    tab = open_desk("/desk", user=maya)
    tab.do(ready)
    desk_server.stop()

    def offline(page: Page) -> None:
        write(page, WORDS)
        page.keyboard.press("Enter")
        expect(on_their_way(page)).to_contain_text(["Not sent yet"])
        write(page, "And more")
        page.keyboard.press("Enter")
        write(page, "Not finished")
        expect(on_their_way(page)).to_contain_text([WORDS, "And more"])

    tab.do(offline)
    desk_server.start()

    def back(page: Page) -> None:
        expect(log(page)).to_contain_text("And more", timeout=15_000)
        expect(on_their_way(page)).to_have_count(0)
        expect(field(page)).to_have_value("Not finished")

    tab.do(back)
    said = nora.messages.filter(role="agent").order_by("sequence")
    assert list(said.values_list("text", flat=True)) == [WORDS, "And more"]
    assert stored("Not finished")
    tab.forgive_lost_line()


def test_a_message_of_a_killed_tab_goes_out_from_the_next_one(
    open_desk: OpenDesk, desk_server: DeskServer, maya: User, nora: Conversation
) -> None:
    tab = open_desk("/desk", user=maya)
    tab.do(ready)
    desk_server.stop()

    def offline(page: Page) -> None:
        write(page, WORDS)
        page.keyboard.press("Enter")
        expect(on_their_way(page)).to_contain_text([WORDS])

    tab.do(offline)
    crash(tab)
    desk_server.start()
    open_desk("/desk", beside=tab).do(lambda page: expect(log(page)).to_contain_text(WORDS))
    assert nora.messages.filter(role="agent").count() == 1
    tab.forgive_lost_line()
