"""A conversation leaves while its agent types: not a character goes to another customer, and none is lost.

Each way of leaving is tried against each thing that the agent may be doing at that moment.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from accounts.events import tell_agents_changed
from accounts.models import Company, User
from assignments.models import Disposition
from composer.models import Draft
from conversations.models import Conversation, Message
from tests.composer.conftest import place
from tests.e2e.conftest import Tab
from tests.e2e.desk_page import SOCKET, Line, OpenDesk, card, cards, field, ready, said, wait_until, write
from tests.factories import say
from tests.leaving import WAYS, agent_of, colleague, customer_ends, it_returns

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("owen")]

HALF = "Hi Iris, I see the 412 euro on account 99812 "
REST = "and I will refund it today"
NOTE = "Refund promised"
KEEP_FOCUS = "window.hadFocus = document.activeElement"
HAS_FOCUS = "document.activeElement === window.hadFocus"


@pytest.fixture
def owen(company: Company, maya: User) -> Conversation:
    """The first card: the one that a desk would open by itself."""
    colleague(company)
    lines = [("customer", "Is my order on its way?", 20)]
    return place(company, "owen", status="live", agent=maya.username, customer="Owen Wells", lines=lines)


@pytest.fixture
def iris(company: Company, owen: Conversation, maya: User) -> Conversation:  # noqa: ARG001 the second card
    return place(company, "iris", status="live", agent=maya.username, customer="Iris Bell")


@dataclass(frozen=True)
class Doing:
    """What the agent does when it leaves: `before` and, with keys that are on their way, `after`."""

    before: Callable[[Page], None]
    after: Callable[[Page], None]
    width: int = 1440


def nothing(_: Page) -> None: ...


def open_sheet(name: str, label: str) -> Callable[[Page], None]:
    def step(page: Page) -> None:
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.get_by_label(label)).to_be_visible()
        page.get_by_label(label).press_sequentially(NOTE)

    return step


def press_in_sheet(page: Page) -> None:
    sheet = page.get_by_role("dialog")
    expect(sheet.locator("[data-left-alert]")).to_be_visible()
    expect(sheet.locator("textarea")).to_have_value(NOTE)
    # Neither by the keyboard nor by a press.
    page.get_by_label("Find a queue or an agent").press("Enter")
    sheet.locator("form[action] button:not([type=button])").last.dispatch_event("click")
    page.keyboard.press("Escape")


def close_sheet(page: Page) -> None:
    sheet = page.get_by_role("dialog")
    expect(sheet.locator("[data-left-alert]")).to_be_visible()
    expect(sheet.locator("textarea")).to_have_value(NOTE)
    page.keyboard.press("Escape")


def open_palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Action, response or customer").press_sequentially("transfer the")


def run_palette(page: Page) -> None:
    page.keyboard.press("Enter")
    expect(page.locator("[data-palette-dialog]")).to_be_hidden()
    expect(page.locator("[data-sheet]")).to_be_hidden()


def go_on_typing(page: Page) -> None:
    page.keyboard.type(REST)
    page.keyboard.press("Enter")


DOINGS = {
    "typing": Doing(nothing, go_on_typing),
    "end sheet": Doing(open_sheet("End", "Notes (optional"), close_sheet),
    "transfer sheet": Doing(open_sheet("Transfer", "Note for the next agent"), press_in_sheet),
    "palette": Doing(open_palette, run_palette),
    "phone": Doing(nothing, go_on_typing, width=390),
}


def begin(page: Page) -> None:
    expect(cards(page)).to_have_count(2)
    card(page, "Iris").click()
    expect(page.get_by_role("heading", name="Iris Bell")).to_be_visible()
    write(page, HALF)


def check_iris_stays(page: Page, sentence: str) -> None:
    expect(page.get_by_role("heading", name="Iris Bell")).to_be_visible()
    expect(page.locator("[data-left-why]")).to_have_text(re.compile(rf"^{sentence} \d\d:\d\d$"))
    expect(field(page)).to_have_js_property("readOnly", True)
    # The words stand in the field or, where Enter came first, among the messages that could not be sent.
    on_screen = field(page).input_value() + "".join(page.locator("[data-pending] .message__text").all_inner_texts())
    assert HALF.strip() in on_screen
    before = field(page).input_value()
    for key in ("Alt+1", "x", "Backspace", "Control+z", "Enter"):
        field(page).press(key)
    assert field(page).input_value() == before
    expect(card(page, "Owen").locator("[data-draft]")).to_be_hidden()


def check_owen_is_untouched(page: Page) -> None:
    page.keyboard.press("Alt+ArrowUp")
    expect(page.get_by_role("heading", name="Owen Wells")).to_be_visible()
    expect(field(page)).to_have_value("")
    expect(field(page)).to_be_focused()


def desk_in(open_desk: OpenDesk, maya: User, doing: Doing) -> Tab:
    tab = open_desk("/desk", user=maya, width=doing.width)
    tab.do(begin)
    tab.do(doing.before)
    tab.do(lambda page: page.evaluate(KEEP_FOCUS))
    return tab


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("doing", DOINGS)
def test_the_page_stays_where_the_agent_is(
    open_desk: OpenDesk,
    maya: User,
    owen: Conversation,
    iris: Conversation,
    doing: str,
    way: Callable[[Conversation, User], None],
) -> None:
    tab = desk_in(open_desk, maya, DOINGS[doing])
    way(iris, maya)
    if doing in {"typing", "phone"}:
        tab.do(DOINGS[doing].after)  # the keys come while it leaves
    tab.do(lambda page: expect(page.locator("[data-left-why]")).not_to_be_empty())
    assert tab.do(lambda page: page.evaluate(HAS_FOCUS))
    tab.do(DOINGS[doing].after)
    tab.do(lambda page: check_iris_stays(page, WAYS[way]))
    tab.do(check_owen_is_untouched)

    for talk in (owen, iris):
        assert not Message.objects.filter(conversation=talk, role="agent").exists()
    assert not Draft.objects.filter(conversation=owen).exclude(text="").exists()
    owen.refresh_from_db()
    assert owen.status == "live"
    assert not Disposition.objects.filter(assignment__conversation=owen).exists()


def test_the_words_can_be_copied_deleted_and_found_later(open_desk: OpenDesk, maya: User, iris: Conversation) -> None:
    tab = open_desk("/desk", user=maya, permissions=["clipboard-read", "clipboard-write"])
    tab.do(begin)
    it_returns(iris, maya)

    def close(page: Page) -> None:
        words = page.locator("[data-left-words]")
        expect(words).to_be_visible()
        words.get_by_role("button", name="Copy").click()
        expect(page.locator("[data-desk] [data-announcer]")).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == HALF
        page.locator("[data-left]").get_by_role("button", name="Close").click()
        expect(page.get_by_text("No conversation is open")).to_be_visible()
        expect(cards(page)).to_have_count(1)
        found(page)
        page.reload()
        found(page)
        page.locator("[data-unsent]").get_by_role("button", name="Delete").click()
        expect(page.locator("[data-unsent]")).to_be_hidden()

    def found(page: Page) -> None:
        unsent = page.locator("[data-unsent]")
        expect(unsent).to_contain_text("Iris Bell")
        expect(unsent).to_contain_text(HALF.strip())

    tab.do(close)


def test_an_ended_sheet_takes_the_notes_as_the_wrap_up(open_desk: OpenDesk, maya: User, iris: Conversation) -> None:
    tab = open_desk("/desk", user=maya)

    def notes(page: Page) -> None:
        begin(page)
        open_sheet("End", "Notes (optional")(page)
        page.get_by_label("Not resolved").check()

    tab.do(notes)
    customer_ends(iris, maya)

    def finish(page: Page) -> None:
        expect(page.locator("[data-left-alert]")).to_have_text(re.compile(r"^Iris Bell ended the chat at"))
        page.get_by_role("button", name="Finish").click()
        expect(cards(page)).to_have_count(1)
        expect(page.get_by_text("No conversation is open")).to_be_visible()

    tab.do(finish)
    row = Disposition.objects.get()
    assert (row.assignment.conversation_id, row.resolution, row.notes) == (iris.pk, "unresolved", NOTE)


def test_new_conversations_take_neither_screen_nor_focus(open_desk: OpenDesk, company: Company, maya: User) -> None:
    tab = open_desk("/desk", user=maya)
    tab.do(ready)
    tab.do(lambda page: write(page, "Your order "))
    new = place(company, "zoe", status="live", agent="maya", customer="Zoe New", lines=[("customer", "Hello?", 1)])
    say(new, "Anybody?", after=0)

    def steps(page: Page) -> None:
        expect(card(page, "Zoe").locator("[data-unread]")).to_have_text("2")
        write(page, "is on its way.")
        expect(page.get_by_role("heading", name="Owen Wells")).to_be_visible()
        page.keyboard.press("Enter")
        expect(said(page, "Your order is on its way.")).to_be_visible()

    tell_agents_changed([agent_of(maya).pk])
    tab.do(steps)
    assert not Message.objects.filter(conversation=new, role="agent").exists()


def test_an_agent_who_types_while_the_desk_loads_goes_on_where_they_are(open_desk: OpenDesk, maya: User) -> None:
    tab = open_desk("/healthz", user=maya)

    def steps(page: Page) -> None:
        line = Line(hold_kind="welcome")
        page.route_web_socket(SOCKET, line)
        page.goto("/desk")
        wait_until(page, lambda: line.is_holding)
        page.locator("[data-act=keys]").focus()
        page.keyboard.press("Shift")
        page.evaluate(KEEP_FOCUS)
        line.let_pass()
        expect(cards(page)).to_have_count(1)
        assert page.evaluate(HAS_FOCUS)

    tab.do(steps)
