"""The sheets that move or end a conversation: what Enter takes, what can be undone, and double presses."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, Route, expect

from accounts.models import Agent, Company, User
from assignments.models import DeskConnection, Transfer
from assignments.services import desk_opened
from conversations.models import Conversation, EventType, Message
from conversations.selectors import events_of
from tests.assignments.conftest import close_desk, holder, system
from tests.composer.conftest import hire
from tests.e2e.conftest import Tab
from tests.e2e.desk_page import OpenDesk, field, log, pause, ready, stored_texts, wait_until, with_clock, write

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def colleagues(company: Company, maya: User) -> dict[str, Agent]:  # noqa: ARG001 she is there first
    """Adam and Tom, at their desks; none of them is in Maya's queue."""
    found = {}
    for name in ("Adam Young", "Tom Okafor"):
        user = hire(company, name.split()[0].lower(), queues=["mobile"], full_name=name)
        found[user.username] = Agent.objects.select_related("user").get(user=user, environment="production")
        seen = desk_opened(by=system(company), agent=found[user.username])
        # No socket of theirs says that they are still there.
        DeskConnection.objects.filter(pk=seen.pk).update(seen_at=timezone.now() + timedelta(hours=1))
    return found


class Requests:
    """What the page asks for at an address, answered when the test says so: `page.route(address, requests)`."""

    def __init__(self) -> None:
        self.held: list[Route] = []
        self.holds = True
        self.passed: list[str] = []

    def __call__(self, route: Route) -> None:
        self.passed.append(f"{route.request.method} {route.request.post_data or ''}".strip())
        if self.holds:
            self.held.append(route)
        else:
            route.continue_()

    def let_pass(self) -> None:
        self.holds = False
        for route in self.held:
            route.continue_()
        self.held.clear()


def sheet(page: Page) -> Locator:
    return page.locator("[data-sheet]")


def chosen(page: Page) -> Locator:
    return sheet(page).locator("[role=option][aria-selected=true]")


def status(page: Page) -> Locator:
    return page.locator("[data-held]")


def open_transfer(page: Page) -> Locator:
    page.get_by_role("button", name="Transfer", exact=True).click()
    filter_ = sheet(page).get_by_label("Find a queue or an agent")
    expect(filter_).to_be_focused()
    return filter_


def test_enter_takes_nothing_that_is_not_highlighted(open_desk: OpenDesk, maya: User, nora: Conversation) -> None:
    def steps(page: Page) -> None:
        ready(page)
        open_transfer(page)
        expect(chosen(page)).to_have_count(0)
        page.keyboard.press("Enter")
        expect(sheet(page)).to_contain_text("Nothing is chosen yet.")
        expect(sheet(page)).to_be_visible()
        expect(status(page)).to_be_hidden()

    open_desk("/desk", user=maya).do(steps)
    assert not Transfer.objects.exists()
    assert holder(nora).user == maya


def test_enter_before_the_filter_has_answered_takes_nothing(
    open_desk: OpenDesk, maya: User, nora: Conversation
) -> None:
    requests = Requests()

    def steps(page: Page) -> None:
        ready(page)
        filter_ = open_transfer(page)
        page.keyboard.press("ArrowDown")
        expect(chosen(page)).to_have_count(1)
        page.route("**/transfer?*", requests)
        filter_.press_sequentially("tom")
        expect(chosen(page)).to_have_count(0)
        wait_until(page, lambda: bool(requests.held))
        page.keyboard.press("Enter")
        expect(sheet(page)).to_contain_text("Still searching.")
        requests.let_pass()
        expect(chosen(page)).to_contain_text("Tom Okafor")
        assert requests.passed[-1] == "GET"  # nothing was posted
        filter_.press_sequentially("qqq")
        expect(sheet(page).get_by_role("option")).to_have_count(0)
        page.keyboard.press("Enter")
        expect(sheet(page)).to_contain_text("Nobody")
        expect(sheet(page)).to_be_visible()

    open_desk("/desk", user=maya).do(steps)
    assert not Transfer.objects.exists()
    assert holder(nora).user == maya


@pytest.mark.usefixtures("nora")
def test_arrows_go_through_queues_and_agents(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        filter_ = open_transfer(page)
        names = [re.split(r"\s{2,}|\n", text)[0] for text in sheet(page).get_by_role("option").all_inner_texts()]
        assert len(names) == 3
        for number in (0, 1, 2, 0):
            page.keyboard.press("ArrowDown")
            option = sheet(page).get_by_role("option").nth(number)
            expect(option).to_have_attribute("aria-selected", "true")
            expect(filter_).to_have_attribute("aria-activedescendant", option.get_attribute("id") or "")
            expect(chosen(page)).to_have_count(1)
        page.keyboard.press("ArrowUp")
        expect(chosen(page)).to_contain_text("Tom Okafor")
        # The note comes after, and the button says where it goes.
        sheet(page).get_by_label("Note for the next agent").fill("Wants a refund")
        sheet(page).get_by_role("button", name="Pass to Tom Okafor").click()
        expect(status(page)).to_contain_text("Passed to Tom Okafor.")

    tab = open_desk("/desk", user=maya)
    tab.do(steps)
    assert tab.axe() == []


def pass_to_tom(page: Page, note: str = "") -> None:
    """The time in which it can be undone stands still."""
    with_clock(page)
    filter_ = open_transfer(page)
    sheet(page).get_by_label("Note for the next agent").fill(note)
    filter_.press_sequentially("tom")
    expect(chosen(page)).to_contain_text("Tom Okafor")
    pause(page)
    page.keyboard.press("Enter")
    expect(sheet(page)).to_be_hidden()
    expect(status(page)).to_contain_text("Passed to Tom Okafor.")


WAYS: dict[str, Callable[[Page], None]] = {
    "button": lambda page: status(page).get_by_role("button", name="Undo").click(),
    "keys": lambda page: page.keyboard.press("Alt+z"),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_transfer_can_be_undone_and_the_customer_never_hears_of_it(
    open_desk: OpenDesk, maya: User, nora: Conversation, way: Callable[[Page], None]
) -> None:
    def steps(page: Page) -> None:
        pass_to_tom(page)
        expect(page.locator("[data-desk] > [data-announcer]")).to_have_text(
            "Passed to Tom Okafor. Alt Z takes it back."
        )
        expect(field(page)).to_be_focused()
        page.clock.run_for(4_000)
        way(page)
        expect(status(page)).to_contain_text("Not passed to Tom Okafor: the conversation stays with you.")
        page.clock.run_for(2_000)
        page.clock.resume()
        expect(status(page)).to_be_hidden()
        write(page, "Still here")
        page.keyboard.press("Enter")
        expect(log(page)).to_contain_text("Still here")

    open_desk("/desk", user=maya).do(steps)
    assert holder(nora).user == maya
    assert not Transfer.objects.exists()
    assert not events_of([nora.pk]).filter(type=EventType.AGENT_LEFT).exists()


def test_after_five_seconds_it_goes_with_the_note(
    open_desk: OpenDesk, maya: User, nora: Conversation, colleagues: dict[str, Agent]
) -> None:
    def steps(page: Page) -> None:
        pass_to_tom(page, "Wants a refund")
        page.clock.run_for(4_500)
        expect(status(page).get_by_role("button", name="Undo")).to_be_visible()
        with page.expect_response(re.compile("/transfer$")) as answer:
            page.clock.run_for(1_000)
        assert answer.value.status == 204
        page.clock.resume()
        expect(status(page)).to_be_hidden()

    open_desk("/desk", user=maya).do(steps)
    assert holder(nora) == colleagues["tom"]
    assert Message.objects.get(kind="note").text == "Wants a refund"

    def received(page: Page) -> None:
        ready(page)
        expect(page.locator("[data-handover]")).to_have_text("Maya Byrne passed this to you.Wants a refund")

    tab = open_desk("/desk", user=colleagues["tom"].user)
    tab.do(received)
    assert tab.axe() == []


def test_whoever_leaves_the_page_has_passed_it_on(
    open_desk: OpenDesk, maya: User, nora: Conversation, colleagues: dict[str, Agent]
) -> None:
    def steps(page: Page) -> None:
        pass_to_tom(page)
        page.goto("about:blank")

    open_desk("/desk", user=maya).do(steps)
    # The page that asked is gone: what it asked for comes about by itself.
    deadline = time.monotonic() + 30
    while holder(nora) != colleagues["tom"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_cannot_be_passed_on_any_more_is_said(
    open_desk: OpenDesk, maya: User, nora: Conversation, colleagues: dict[str, Agent]
) -> None:
    tab: Tab = open_desk("/desk", user=maya)
    tab.do(pass_to_tom)
    close_desk(colleagues["tom"], seconds_ago=60)

    def steps(page: Page) -> None:
        page.clock.run_for(5_500)
        expect(status(page)).to_contain_text("Not passed to Tom Okafor: Tom Okafor is not available now.")
        status(page).get_by_role("button", name="Close").click()
        expect(status(page)).to_be_hidden()

    tab.do(steps)
    assert holder(nora).user == maya


def twice(button: Locator) -> None:
    """Two presses before anything is answered: as a hand that shakes, or a click that was felt twice."""
    button.evaluate("button => { button.click(); button.click(); }")


def open_end(page: Page) -> None:
    page.get_by_role("button", name="End", exact=True).click()
    sheet(page).get_by_label("Resolved", exact=True).check()


SHEETS: dict[str, tuple[Callable[[Page], Any], str]] = {
    "end": (open_end, "End conversation"),
    "time-out": (open_end, "Time out"),
    "transfer": (lambda page: (open_transfer(page), page.keyboard.press("ArrowDown")), "Pass to "),
}


@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.usefixtures("nora")
def test_a_double_press_counts_once(open_desk: OpenDesk, maya: User, name: str) -> None:
    opens, label = SHEETS[name]
    answers: list[int] = []

    def steps(page: Page) -> None:
        page.on("response", lambda got: answers.append(got.status) if got.request.method == "POST" else None)
        ready(page)
        opens(page)
        twice(sheet(page).get_by_role("button", name=label))
        expect(sheet(page)).to_be_hidden()
        wait_until(page, lambda: bool(answers))
        # Whatever else was asked for has its answer before this one.
        page.evaluate("() => fetch('/desk/status')")
        expect(sheet(page)).to_be_hidden()

    open_desk("/desk", user=maya).do(steps)
    assert answers == [204]


@pytest.mark.usefixtures("nora")
def test_a_double_press_on_send_sends_once(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        field(page).fill("Just a moment.")
        twice(page.locator("[data-send]"))
        expect(stored_texts(page)).to_have_text(["Just a moment."])

    open_desk("/desk", user=maya).do(steps)
    assert list(Message.objects.filter(role="agent").values_list("text", flat=True)) == ["Just a moment."]
