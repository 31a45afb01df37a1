"""What ended without the agent waits on the desk for its wrap-up: by the keyboard, after a reload, in another tab."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Company, User
from assignments.models import Disposition
from conversations.models import Conversation
from tests.composer.conftest import place
from tests.e2e.desk_page import OpenDesk, card, cards, field, log, ready, write
from tests.leaving import customer_ends

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("owen")]


@pytest.fixture
def owen(company: Company, maya: User, nora: Conversation) -> Conversation:  # noqa: ARG001 nora is the first card
    return place(company, "owen", status="live", agent=maya.username, customer="Owen Wells")


def waits(page: Page) -> None:
    expect(card(page, "Nora")).to_contain_text("Wrap up")
    expect(page.locator("[data-left-why]")).to_have_text(re.compile(r"^Nora Fitzgerald ended the chat at \d\d:\d\d$"))


def test_one_enter_gives_the_usual_answer(open_desk: OpenDesk, maya: User, nora: Conversation) -> None:
    tab = open_desk("/desk", user=maya)
    tab.do(ready)
    customer_ends(nora, maya)

    def steps(page: Page) -> None:
        waits(page)
        page.keyboard.press("Control+k")
        page.get_by_role("combobox", name="Action, response or customer").fill("wrap up")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Wrap up the conversation with Nora Fitzgerald")).to_be_visible()
        expect(page.get_by_label("Resolved", exact=True)).to_be_focused()
        page.keyboard.press("Enter")
        expect(cards(page)).to_have_count(1)
        # The next one is opened by the agent alone.
        expect(page.get_by_text("No conversation is open")).to_be_visible()
        page.keyboard.type("not for Owen")
        page.keyboard.press("Alt+ArrowDown")
        expect(page.get_by_role("heading", name="Owen Wells")).to_be_visible()
        expect(field(page)).to_have_value("")
        page.reload()
        expect(cards(page)).to_have_count(1)

    tab.do(steps)
    assert Disposition.objects.get(assignment__conversation=nora).resolution == "resolved"


def test_it_survives_a_reload_and_is_there_in_another_tab(open_desk: OpenDesk, maya: User, nora: Conversation) -> None:
    first = open_desk("/desk", user=maya)
    first.do(ready)
    customer_ends(nora, maya)

    def reloaded(page: Page) -> None:
        waits(page)
        page.reload()
        waits(page)
        expect(log(page)).to_contain_text("My bill is wrong")
        expect(field(page)).to_have_js_property("readOnly", True)

    first.do(reloaded)
    second = open_desk("/desk", beside=first)

    def wrapped_up(page: Page) -> None:
        card(page, "Nora").click()
        waits(page)
        page.get_by_role("button", name="Wrap up", exact=True).click()
        page.get_by_label("Not resolved").check()
        page.get_by_label("Notes (optional").fill("She hung up")
        page.get_by_role("button", name="Finish").click()
        expect(cards(page)).to_have_count(1)

    second.do(wrapped_up)
    row = Disposition.objects.get()
    assert (row.resolution, row.notes) == ("unresolved", "She hung up")
    # Where it is on screen it stays, to be read, until the agent closes it.
    first.do(lambda page: expect(page.locator("[data-left]").get_by_role("button", name="Close")).to_be_visible())


def test_words_that_were_not_sent_go_into_the_notes(open_desk: OpenDesk, maya: User, nora: Conversation) -> None:
    tab = open_desk("/desk", user=maya)

    def half(page: Page) -> None:
        ready(page)
        write(page, "You get 20 euro back")

    tab.do(half)
    customer_ends(nora, maya)

    def steps(page: Page) -> None:
        page.locator("[data-left-words]").get_by_role("button", name="Put into the notes").click()
        expect(page.get_by_label("Notes (optional")).to_have_value("You get 20 euro back")
        page.get_by_role("button", name="Finish").click()
        expect(cards(page)).to_have_count(1)
        expect(page.locator("[data-unsent]")).to_be_hidden()

    tab.do(steps)
    assert Disposition.objects.get().notes == "You get 20 euro back"


def test_ending_a_conversation_opens_no_other_one(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        page.get_by_role("button", name="End", exact=True).click()
        page.get_by_label("Resolved", exact=True).check()
        page.get_by_role("button", name="End conversation").click()
        expect(cards(page)).to_have_count(1)
        expect(page.get_by_text("No conversation is open")).to_be_visible()
        assert page.evaluate("document.activeElement.dataset.paneName") == "talk"

    open_desk("/desk", user=maya).do(steps)


def test_a_note_that_is_being_written_survives_what_comes_and_goes(
    open_desk: OpenDesk, maya: User, nora: Conversation, owen: Conversation
) -> None:
    def steps(page: Page) -> None:
        ready(page)
        page.get_by_role("tab", name="Notes").click()
        page.get_by_label("New note").press_sequentially("For Nora only")
        card(page, "Owen").click()
        expect(page.locator(f"[data-note-form][data-conversation='{owen.pk}']")).to_be_visible()
        expect(page.get_by_label("New note")).to_have_value("")
        card(page, "Nora").click()
        expect(page.get_by_label("New note")).to_have_value("For Nora only")
        page.get_by_role("button", name="Add note").click()
        expect(log(page)).to_contain_text("For Nora only")
        expect(page.get_by_label("New note")).to_have_value("")

    open_desk("/desk", user=maya).do(steps)
    [note] = nora.messages.filter(kind="note")
    assert note.text == "For Nora only"
