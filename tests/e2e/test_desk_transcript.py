"""What was said, what nobody has looked at yet, and where the page stands while more comes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from accounts.actors import Actor
from accounts.models import Company, Queue, User
from assignments.lifecycle import enqueue, transfer_to_agent
from assignments.services import desk_opened
from caching.channel_layer import send_hint
from composer.models import ReadMark
from conversations.models import Conversation
from tests.assignments.conftest import arrive
from tests.composer.conftest import place
from tests.e2e.desk_page import OpenDesk, card, cards, field, log, ready, said, wait_until, write
from tests.factories import make_conversation, say
from tests.leaving import agent_of, colleague
from tests.site.desk_process import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def long(company: Company, maya: User) -> Conversation:
    lines = [("customer", f"line {number}", 90 - number) for number in range(60)]
    return place(company, "long", status="live", agent=maya.username, customer="Lena Long", lines=lines)


def far_from_the_end(page: Page) -> float:
    return page.locator("[data-transcript]").evaluate("pane => pane.scrollHeight - pane.clientHeight - pane.scrollTop")


def test_what_nobody_has_looked_at_is_counted_on_card_and_title(
    open_desk: OpenDesk, company: Company, maya: User, nora: Conversation
) -> None:
    paul = place(company, "paul", status="live", agent="maya", customer="Paul Late")
    tab = open_desk("/desk", user=maya)

    def open_nora(page: Page) -> None:
        ready(page)
        expect(cards(page)).to_have_count(2)
        # Who waits for an answer is unread until the conversation was on screen.
        expect(page).to_have_title("(1) Desk · Agent Desk")
        card(page, "Paul").click()
        expect(page).to_have_title("Desk · Agent Desk")
        card(page, "Nora").click()

    tab.do(open_nora)
    for number in range(2):
        say(paul, f"Hello? {number}", after=20 + number)
    say(nora, "And me?", after=30)

    def counted(page: Page) -> None:
        expect(log(page)).to_contain_text("And me?")
        unread = card(page, "Paul").locator("[data-unread]")
        expect(unread).to_have_text("2")
        expect(card(page, "Paul")).to_contain_text("Hello? 1")
        expect(card(page, "Nora").locator("[data-unread]")).to_be_hidden()
        expect(page).to_have_title("(2) Desk · Agent Desk")
        card(page, "Paul").click()
        expect(unread).to_be_hidden()
        expect(page).to_have_title("Desk · Agent Desk")
        # A line before the first of them.
        marks = page.locator("[data-rows] .day--new")
        expect(marks).to_have_text("New")
        assert marks.evaluate("mark => mark.nextElementSibling.innerText").endswith("Hello? 0")

    tab.do(counted)


def test_what_nobody_has_looked_at_is_counted_after_a_reload(
    open_desk: OpenDesk, company: Company, maya: User, nora: Conversation
) -> None:
    paul = place(company, "paul", status="live", agent="maya", customer="Paul Late")
    tab = open_desk("/desk", user=maya)

    def read_both(page: Page) -> None:
        ready(page)
        for name in ("Paul", "Nora"):
            card(page, name).click()
            expect(page.locator("[data-customer]")).to_contain_text(name)
        expect(page).to_have_title("Desk · Agent Desk")

    tab.do(read_both)
    wait_for(lambda: ReadMark.objects.count() == 2, 10)
    assert {mark.conversation for mark in ReadMark.objects.all()} == {nora, paul}
    for number in range(2):
        say(paul, f"Hello? {number}", after=20 + number)

    def counted(page: Page) -> None:
        expect(card(page, "Paul").locator("[data-unread]")).to_have_text("2")
        expect(card(page, "Nora").locator("[data-unread]")).to_be_hidden()
        expect(page).to_have_title("(2) Desk · Agent Desk")

    def reloaded(page: Page) -> None:
        counted(page)
        page.reload()
        expect(page.locator("[data-customer]")).to_contain_text("Nora")
        counted(page)

    tab.do(reloaded)
    # On another machine, too: nothing is kept in its browser.
    open_desk("/desk", user=maya).do(counted)


def test_who_reads_further_up_is_not_carried_off(open_desk: OpenDesk, maya: User, long: Conversation) -> None:
    tab = open_desk("/desk", user=maya)

    def up(page: Page) -> None:
        ready(page)
        expect(said(page, "line 59")).to_be_in_viewport()
        page.locator("[data-transcript]").hover()
        page.mouse.wheel(0, -600)
        expect(said(page, "line 59")).not_to_be_in_viewport()

    tab.do(up)
    before = tab.do(lambda page: page.locator("[data-transcript]").evaluate("pane => pane.scrollTop"))
    say(long, "first news", after=1)

    more = "button.more-messages"
    tab.do(lambda page: expect(page.locator(more)).to_have_text("1 new message"))
    say(long, "second news", after=2)

    def down(page: Page) -> None:
        expect(page.locator(more)).to_have_text("2 new messages")
        assert page.locator("[data-transcript]").evaluate("pane => pane.scrollTop") == before
        page.locator(more).click()
        expect(said(page, "second news")).to_be_in_viewport()
        expect(page.locator(more)).to_be_hidden()

    tab.do(down)
    say(long, "third news", after=3)

    def follows(page: Page) -> None:
        # At the end it stays at the end, and the reader's own words bring the end back.
        expect(said(page, "third news")).to_be_in_viewport()
        expect(page.locator(more)).to_be_hidden()
        page.locator("[data-transcript]").hover()
        page.mouse.wheel(0, -600)
        expect(said(page, "third news")).not_to_be_in_viewport()
        write(page, "My words")
        page.keyboard.press("Enter")
        expect(said(page, "My words")).to_be_in_viewport()
        expect(log(page)).to_contain_text("My words")
        assert far_from_the_end(page) < 2

    tab.do(follows)


def test_older_messages_come_above_and_move_nothing(open_desk: OpenDesk, company: Company, maya: User) -> None:
    lines = [("customer", f"line {number:03}", 500 - number) for number in range(260)]
    place(company, "longer", status="live", agent="maya", customer="Lena Longer", lines=lines)

    asked: list[Route] = []

    def steps(page: Page) -> None:
        ready(page)
        expect(said(page, "line 259")).to_be_in_viewport()
        expect(said(page, "line 010")).to_have_count(0)
        page.route("**/earlier?*", lambda route: asked.append(route))
        # Who scrolls up need not press anything; a press meanwhile asks no second time.
        page.locator("[data-transcript]").hover()
        page.mouse.wheel(0, -100_000)
        wait_until(page, lambda: bool(asked))
        page.get_by_role("button", name="Earlier messages").click()
        first = page.locator("[data-rows] .message").first
        text = first.locator(".message__text").inner_text()
        top = first.bounding_box()
        assert len(asked) == 1
        asked[0].continue_()
        expect(said(page, "line 000")).to_have_count(1)
        after = first.bounding_box()
        assert top is not None
        assert after is not None
        button = 60  # what stood above them goes away
        assert abs(after["y"] - top["y"]) <= button
        everything = page.locator(".transcript .message__text").all_inner_texts()
        assert everything == [f"line {number:03}" for number in range(260)]
        assert text in everything
        expect(page.get_by_role("button", name="Earlier messages")).to_be_hidden()
        # Outside of what is read aloud.
        assert page.get_by_role("log").locator("text=line 000").count() == 0

    open_desk("/desk", user=maya).do(steps)


def test_what_the_customer_types_is_shown_for_a_moment(open_desk: OpenDesk, maya: User, nora: Conversation) -> None:
    tab = open_desk("/desk", user=maya)
    tab.do(ready)
    send_hint(
        f"conversation.{nora.pk}",
        {"type": "conversation.typing", "conversation": nora.pk, "who": "customer", "text": "I need <b>"},
    )

    def steps(page: Page) -> None:
        preview = page.locator("[data-typing]")
        expect(preview).to_contain_text("Nora Fitzgerald is typing")
        expect(preview).to_contain_text("I need <b>")
        expect(preview).to_be_hidden(timeout=8_000)
        expect(field(page)).to_be_focused()

    tab.do(steps)


@pytest.mark.usefixtures("nora")
def test_slots_and_queue_move_with_the_cards(open_desk: OpenDesk, company: Company, maya: User) -> None:
    """Not with the next look at the figures, which comes every 15 s."""
    tab = open_desk("/desk", user=maya)

    def free(page: Page) -> int:
        return int(page.locator(".standing__slots b").inner_text())

    def choose(page: Page) -> int:
        ready(page)
        page.locator(".standing__now").click()
        page.get_by_role("form", name="Status").get_by_role("button", name="Available").click()
        expect(page.locator(".standing__now")).to_contain_text("Available")
        return free(page)

    before = tab.do(choose)
    queue = Queue.objects.get(company=company, name="billing")
    enqueue(by=Actor.system(company.pk), conversation=make_conversation(company, "paul", agent=None), queue=queue)

    def moved(page: Page) -> None:
        expect(cards(page)).to_have_count(2)
        expect(page.locator(".standing__slots b")).to_have_text(str(before - 1), timeout=8_000)

    tab.do(moved)


def test_who_came_and_who_passed_it_on_is_named(open_desk: OpenDesk, company: Company, maya: User) -> None:
    tom, maya_there = colleague(company), agent_of(maya)
    nora = arrive(company, "one")
    enqueue(by=Actor.system(company.pk), conversation=nora, queue=Queue.objects.get(company=company, name="billing"))
    assert tom.user is not None
    say(nora, "My bill is wrong")
    desk_opened(by=Actor.user(maya), agent=maya_there)  # the line of her page may come later
    tab = open_desk("/desk", user=maya)
    transfer_to_agent(
        by=Actor.user(tom.user), agent=tom, conversation=nora, target=maya_there, note="Refund was promised"
    )

    def steps(page: Page) -> None:
        happenings = page.locator("[data-rows] .happening")
        said_then = [
            "Nora Fitzgerald waits in Billing",
            "Tom Ward joined",
            "Tom Ward passed the chat from Billing to you",
            "You joined",
        ]
        for _ in range(2):
            expect(happenings).to_have_text([re.compile(rf"^{words} · \d\d:\d\d$") for words in said_then])
            expect(log(page)).to_contain_text("Note for the next agent, only staff see it")
            page.reload()

    tab.do(steps)
