"""A name in any script stands by itself: what is written beside it keeps its own direction and its place."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Company, User
from tests.composer.conftest import place
from tests.e2e.desk_page import OpenDesk, box, card, ready

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Figures beside it would go to its other side.
NAME = "שרה כהן"

# Each visible text with the name that no element isolates which holds nothing else.
NOT_ISOLATED = """name => {
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    let element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.includes(name) || !element.checkVisibility()) continue;
    const path = element.outerHTML;
    while (element.textContent.trim() === name && !getComputedStyle(element).unicodeBidi.startsWith("isolate"))
      element = element.parentElement;
    if (element.textContent.trim() !== name) found.push(path);
  }
  return found;
}"""


def test_names_are_isolated_wherever_the_desk_shows_them(open_desk: OpenDesk, company: Company, maya: User) -> None:
    place(company, "sarah", status="live", agent=maya.username, customer=NAME)
    tab = open_desk("/desk", user=maya)

    def steps(page: Page) -> None:
        ready(page)
        expect(card(page, NAME)).to_be_visible()
        expect(page.locator("[data-customer]")).to_have_text(NAME)
        speaker = page.locator("[data-rows] .message__speaker").first
        expect(speaker).to_have_text(NAME)
        assert page.evaluate(NOT_ISOLATED, NAME) == []
        time = page.locator("[data-rows] .message__meta time").first
        assert box(time)["x"] > box(speaker)["x"], "the time stands after the name"

    tab.do(steps)
