"""Addresses in messages can be pressed on the desk, on transcript pages and by customers. Nothing else is a link."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import Company, User
from caching.channel_layer import send_hint
from conversations.models import Conversation
from tests.composer.conftest import place
from tests.e2e.chat_page import field, start_chat, stored
from tests.e2e.desk_page import OpenDesk, ready
from tests.e2e.desk_server import DeskServer
from tests.widget.conftest import answer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "data" / "links.json").read_text("utf-8"))
LOOKALIKE, PUNYCODE = "https://l\u0430rkline.example/a", "https://xn--lrkline-2fg.example/a"
PARTS = """async (texts) => {
    const { linked } = await import("/static/js/lib/links.js");
    return texts.map((text) => linked(text).map((node) => [node.textContent, node.getAttribute?.("href") ?? ""]));
}"""


def test_scripts_find_the_same_links_as_the_server(open_desk: OpenDesk) -> None:
    tab = open_desk("/sign-in")
    found = tab.do(lambda page: page.evaluate(PARTS, [case["text"] for case in CASES]))
    assert dict(zip((case["name"] for case in CASES), found, strict=True)) == {
        case["name"]: case["parts"] for case in CASES
    }


def said(url: str) -> str:
    return f"Open {url}/healthz. Not javascript:alert(1), <b>https</b> or {LOOKALIKE}!"


def expect_links(message: Locator, url: str) -> None:
    """The message holds two links, and the rest of its words as they were written."""
    expect(message).to_have_text(said(url).replace(LOOKALIKE, PUNYCODE))
    links = message.get_by_role("link")
    expect(links).to_have_text([f"{url}/healthz", PUNYCODE])
    for link in links.all():
        expect(link).to_have_attribute("rel", "noopener noreferrer")
        expect(link).to_have_attribute("target", "_blank")


def press(page: Page, link: Locator) -> None:
    """By keyboard: the page that opens knows nothing of this one."""
    for _ in range(40):
        if link.evaluate("link => link === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(link).to_be_focused()
    style = link.evaluate("link => [getComputedStyle(link).outlineStyle, getComputedStyle(link).outlineWidth]")
    assert style == ["solid", "2px"]
    with page.expect_popup() as opened:
        page.keyboard.press("Enter")
    popup = opened.value
    popup.wait_for_load_state()
    assert popup.evaluate("[window.opener, document.referrer]") == [None, ""]
    popup.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_customers_press_links_of_both_sides(
    open_desk: OpenDesk, desk_server: DeskServer, company: Company, maya: User, scheme: str
) -> None:
    tab, conversation = start_chat(open_desk, company, scheme=scheme)
    answer(conversation, said(desk_server.url), sender=maya.username)

    def steps(page: Page) -> None:
        expect_links(stored(page).first, desk_server.url)
        field(page).fill("And https://larkline.example?")
        field(page).press("Enter")
        own = stored(page).nth(1).get_by_role("link")
        expect(own).to_have_attribute("href", "https://larkline.example")
        page.locator("[data-scroll]").focus()
        press(page, stored(page).first.get_by_role("link").first)

    tab.do(steps)
    assert tab.axe() == []


def test_agents_press_links_and_previews_hold_none(
    open_desk: OpenDesk, desk_server: DeskServer, company: Company, maya: User
) -> None:
    lines = [("customer", said(desk_server.url), 2.0)]
    conversation = place(company, "nora", status="live", agent="maya", lines=lines)
    tab = open_desk("/desk", user=maya)

    def pressed(page: Page) -> None:
        ready(page)
        message = page.locator("[data-rows] .message__text")
        expect_links(message, desk_server.url)
        page.locator("[data-transcript]").focus()
        press(page, message.get_by_role("link").first)

    tab.do(pressed)
    typed = {"type": "conversation.typing", "conversation": conversation.pk, "who": "customer", "text": LOOKALIKE}
    send_hint(f"conversation.{conversation.pk}", typed)

    def preview(page: Page) -> None:
        expect(page.locator("[data-typing-text]")).to_have_text(LOOKALIKE)
        expect(page.locator("[data-typing]").get_by_role("link")).to_have_count(0)

    tab.do(preview)
    assert tab.axe() == []


def test_transcript_pages_have_the_same_links(
    open_desk: OpenDesk, desk_server: DeskServer, maya: User, nora: Conversation
) -> None:
    answer(nora, said(desk_server.url), sender=maya.username)
    tab = open_desk(f"/conversations/{nora.pk}", user=maya)
    tab.do(lambda page: expect_links(page.locator(".message__text").last, desk_server.url))
    assert tab.axe() == []
