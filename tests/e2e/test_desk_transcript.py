"""What was said, what nobody has looked at yet, and where the page stands while more comes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from accounts.actors import Actor
from accounts.models import Company, Queue, User
from assignments.services import enqueue
from conversations.models import Conversation
from freshness.groups import tell
from tests.composer.conftest import place
from tests.e2e.desk_page import OpenDesk, card, cards, field, log, ready, said, write
from tests.factories import make_conversation, say

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
        card(page, "Nora").click()
        expect(page).to_have_title("Desk · Agent Desk")

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

    def steps(page: Page) -> None:
        ready(page)
        expect(said(page, "line 259")).to_be_in_viewport()
        expect(said(page, "line 010")).to_have_count(0)
        page.get_by_role("button", name="Earlier messages").scroll_into_view_if_needed()
        first = page.locator("[data-rows] .message").first
        text = first.locator(".message__text").inner_text()
        top = first.bounding_box()
        page.get_by_role("button", name="Earlier messages").click()
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
    tell(
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
