"""A printed conversation runs over as many pages as it needs, and nothing else is on the paper."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Company, User
from conversations.models import Conversation
from tests.composer.conftest import place
from tests.e2e.chat_page import start_chat, stored
from tests.e2e.conftest import Tab
from tests.e2e.desk_page import OpenDesk, ready
from tests.widget.conftest import answer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TEXTS = [f"This is line {number} of a long conversation." for number in range(60)]
# Words that stand on screens only.
SCREEN = ["Send", "Transfer", "Who waits", "Responses", "Suggested", "End chat", "Details", "Metadata", "Skip"]
# What a box cuts off does not come onto paper.
CUT = """() => [...document.querySelectorAll(".message__text")].filter((text) => {
    for (let box = text; box !== document.documentElement; box = box.parentElement) {
        const cuts = getComputedStyle(box).overflowY !== "visible" && box.scrollHeight > box.clientHeight + 1;
        if (cuts) return true;
    }
    return !text.checkVisibility();
}).length"""
HEIGHTS = "times => times.map((time) => time.getBoundingClientRect().height)"


@pytest.fixture
def long(company: Company, maya: User) -> Conversation:
    lines = [("customer" if n % 3 else "agent", text, 90.0 - n) for n, text in enumerate(TEXTS)]
    return place(company, "long", status="live", agent=maya.username, customer="Lena Long", lines=lines)


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def check_paper(tab: Tab, name: str) -> None:
    """What is printed now: the name, all texts with their times, and nothing that is there for the screen."""

    def steps(page: Page) -> None:
        page.emulate_media(media="print")
        assert page.evaluate(CUT) == 0
        printed = page.locator("body").inner_text()
        assert name in printed
        for text in TEXTS:
            assert text in printed
        assert [word for word in SCREEN if word in printed] == []
        times = page.locator(".message time").evaluate_all(HEIGHTS)
        assert len(times) == len(TEXTS)
        assert min(times) > 5
        page.emulate_media(media=None)
        assert pages_of(page.pdf()) > 1
        page.emulate_media(media="screen")

    tab.do(steps)


@pytest.mark.parametrize(
    "window", [{}, {"width": 390, "height": 844}, {"scheme": "dark"}], ids=["wide", "phone", "dark"]
)
def test_the_desk_prints_the_conversation_that_is_open(
    open_desk: OpenDesk, maya: User, long: Conversation, window: dict[str, object]
) -> None:
    tab = open_desk(f"/desk#{long.pk}", user=maya, **window)
    tab.do(lambda page: expect(page.locator("[data-rows] .message")).to_have_count(len(TEXTS)))
    check_paper(tab, "Lena Long")


def test_transcript_pages_print_whole(open_desk: OpenDesk, maya: User, long: Conversation) -> None:
    check_paper(open_desk(f"/conversations/{long.pk}", user=maya), "Lena Long")


def test_customers_print_their_conversation(open_desk: OpenDesk, company: Company, maya: User) -> None:
    tab, conversation = start_chat(open_desk, company)
    for text in TEXTS:
        answer(conversation, text, sender=maya.username)
    tab.do(lambda page: expect(stored(page)).to_have_count(len(TEXTS)))
    check_paper(tab, company.name)


def test_dark_pages_print_black_on_white(open_desk: OpenDesk, maya: User, long: Conversation) -> None:
    tab = open_desk(f"/desk#{long.pk}", user=maya, scheme="dark")

    def steps(page: Page) -> None:
        ready(page)
        page.emulate_media(media="print")
        ink = page.locator(".message__text").first.evaluate("text => getComputedStyle(text).color")
        assert ink == "rgb(0, 0, 0)"
        assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"

    tab.do(steps)
