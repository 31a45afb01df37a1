"""A customer writes in several tabs of one browser: no tab takes another's words away, and none are lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Company
from tests.e2e.chat_page import connected, field, start_chat, stored
from tests.e2e.conftest import Tab
from tests.e2e.desk_page import OpenDesk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("maya")]


def opened(page: Page) -> None:
    """The page has found out which other tabs there are: it asks them at its start and waits for 300 ms.

    Timers of a page fire in order, so this one fires after that one.
    """
    connected(page)
    page.evaluate("() => new Promise((done) => setTimeout(done, 310))")


def another_tab(open_desk: OpenDesk, tab: Tab, company: Company) -> Tab:
    second = open_desk(f"/chat/{company.slug}", beside=tab)
    second.do(opened)
    return second


def reads(page: Page, text: str) -> None:
    expect(field(page)).to_have_value(text)


def again(page: Page) -> None:
    page.reload()
    opened(page)


def test_what_another_tab_sends_takes_no_words_away(open_desk: OpenDesk, company: Company) -> None:
    first, _ = start_chat(open_desk, company)
    first.do(lambda page: field(page).fill("tab one half written"))
    second = another_tab(open_desk, first, company)

    def send(page: Page) -> None:
        reads(page, "")  # what is written in the first tab is not written twice
        field(page).fill("from tab two")
        field(page).press("Enter")
        expect(stored(page)).to_have_text(["from tab two"])

    second.do(send)
    second.do(again)
    second.do(lambda page: reads(page, ""))
    first.do(again)
    first.do(lambda page: reads(page, "tab one half written"))


def test_each_tab_keeps_its_own_words_over_a_reload(open_desk: OpenDesk, company: Company) -> None:
    first, _ = start_chat(open_desk, company)
    second = another_tab(open_desk, first, company)
    first.do(lambda page: field(page).fill("one"))
    second.do(lambda page: field(page).fill("two"))
    for tab, text in ((first, "one"), (second, "two")):
        tab.do(again)
        tab.do(lambda page, text=text: reads(page, text))


def test_words_of_a_closed_tab_go_on_in_the_next_one(open_desk: OpenDesk, company: Company) -> None:
    first, _ = start_chat(open_desk, company)
    second = another_tab(open_desk, first, company)
    second.do(lambda page: field(page).fill("closed too early"))
    first.do(lambda page: field(page).fill("still here"))
    second.do(lambda page: page.close())
    third = another_tab(open_desk, first, company)
    third.do(lambda page: reads(page, "closed too early"))
    first.do(again)
    first.do(lambda page: reads(page, "still here"))


def test_the_copy_of_a_tab_begins_empty(open_desk: OpenDesk, company: Company) -> None:
    tab, _ = start_chat(open_desk, company)

    def copy(page: Page) -> None:
        field(page).fill("written once")
        with page.expect_popup() as made:
            page.evaluate("void window.open(location.href)")
        copied = made.value
        opened(copied)
        reads(copied, "")
        field(copied).fill("something else")
        copied.reload()
        opened(copied)
        reads(copied, "something else")
        copied.close()
        again(page)
        reads(page, "written once")

    tab.do(copy)


def test_words_stay_when_another_tab_begins_a_new_conversation(open_desk: OpenDesk, company: Company) -> None:
    first, before = start_chat(open_desk, company)
    first.do(lambda page: field(page).fill("one more question"))
    second = another_tab(open_desk, first, company)

    def anew(page: Page) -> str:
        page.get_by_text("End chat", exact=True).first.click()
        page.get_by_role("button", name="End chat").click()
        page.get_by_role("button", name="Start a new conversation").click()
        expect(page.locator("[data-status=waiting]")).to_be_visible()
        return str(page.locator("[data-chat]").get_attribute("data-conversation"))

    assert second.do(anew) != before.pk

    def goes_on(page: Page) -> None:
        expect(field(page)).to_be_visible()
        reads(page, "one more question")
        again(page)
        reads(page, "one more question")
        field(page).press("Enter")
        expect(stored(page)).to_have_text(["one more question"])

    first.do(goes_on)


def test_words_that_could_not_be_kept_stay_in_the_field(open_desk: OpenDesk, company: Company) -> None:
    tab, conversation = start_chat(open_desk, company)

    def fails(page: Page) -> None:
        page.evaluate("""() => {
            window.asBefore = JSON.stringify;
            JSON.stringify = (value) => {
                if (value?.client_id) throw new Error("broken");
                return window.asBefore(value);
            };
        }""")
        field(page).fill("do not lose me")
        field(page).press("Enter")
        expect(page.get_by_text("Not sent. Your words are still here: please try again.").first).to_be_visible()
        reads(page, "do not lose me")
        page.evaluate("JSON.stringify = window.asBefore")
        field(page).press("Enter")
        expect(stored(page)).to_have_text(["do not lose me"])
        reads(page, "")

    tab.do(fails)
    assert [text for text in tab.complaints if "broken" not in text] == []
    tab.complaints.clear()
    assert conversation.messages.count() == 1
