"""The desk between a phone and a wide screen: nothing that matters is cut, and the side lies over when it is wanted."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import Company, User
from tests.composer.conftest import place
from tests.e2e.desk_page import OpenDesk, box, ready

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def waiting(company: Company, maya: User) -> None:
    """Somebody with an ordinary name who has waited for an hour."""
    place(company, "sam", status="live", agent=maya.username, customer="Samantha Carmichael",
          lines=[("customer", "Hello?", 63)])  # fmt: skip


def side(page: Page) -> Locator:
    return page.locator("[data-side]")


def is_cut(target: Locator) -> bool:
    return bool(target.evaluate("one => one.scrollWidth > one.clientWidth + 1"))


def nothing_is_cut(page: Page) -> None:
    assert not is_cut(page.locator("[data-customer]"))
    for tab in page.get_by_role("tab").all():
        if tab.is_visible():
            assert not is_cut(tab), tab.inner_text()
    bar = page.locator(".tablist")
    if bar.is_visible():
        assert not is_cut(bar)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1024, 1200, 1440])
def test_names_and_tabs_are_whole(open_desk: OpenDesk, maya: User, width: int, scheme: str) -> None:
    def opens_side(page: Page) -> None:
        if not side(page).is_visible():
            page.get_by_role("button", name="Right side", exact=True).click()
        expect(side(page)).to_be_visible()
        nothing_is_cut(page)

    def is_ready(page: Page) -> None:
        ready(page)
        nothing_is_cut(page)

    tab = open_desk("/desk", user=maya, width=width, height=768, scheme=scheme)
    tab.do(is_ready)
    tab.do(opens_side)
    assert (tab.axe(), max(0, tab.overflow())) == ([], 0)


def test_below_1200_the_side_closes_itself_and_what_was_chosen_is_remembered(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        expect(side(page)).to_be_visible()
        page.set_viewport_size({"width": 1100, "height": 800})
        expect(side(page)).to_be_hidden()
        toggle = page.get_by_role("button", name="Right side", exact=True)
        expect(toggle).to_have_attribute("aria-expanded", "false")
        width = box(page.locator("[data-talk]"))["width"]
        toggle.click()
        # It lies over the conversation, which keeps its place.
        expect(side(page)).to_be_visible()
        assert box(page.locator("[data-talk]"))["width"] == width
        page.reload()
        expect(side(page)).to_be_visible()
        expect(page.locator("[data-talk]")).to_be_visible()
        page.get_by_role("tab", name="Customer").focus()
        page.keyboard.press("Escape")
        expect(side(page)).to_be_hidden()
        expect(toggle).to_be_focused()
        page.set_viewport_size({"width": 1440, "height": 900})
        expect(side(page)).to_be_visible()
        page.set_viewport_size({"width": 1100, "height": 800})
        expect(side(page)).to_be_hidden()
        page.keyboard.press("Alt+p")
        expect(page.get_by_label("New note")).to_be_focused()
        page.get_by_role("button", name="Close the right side").click()
        expect(toggle).to_be_focused()

    open_desk("/desk", user=maya).do(steps)


def test_the_customer_is_what_the_side_begins_with(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        expect(page.get_by_role("tab").first).to_have_text("Customer")
        expect(page.get_by_role("tab", name="Customer")).to_have_attribute("aria-selected", "true")
        expect(page.get_by_role("tabpanel")).to_contain_text("Samantha Carmichael")

    open_desk("/desk", user=maya).do(steps)
