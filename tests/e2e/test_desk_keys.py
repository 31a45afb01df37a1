"""The keys of the whole page: conversations, panes, the palette, the list of keys."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Company, User
from conversations.models import Conversation
from tests.composer.conftest import place
from tests.e2e.desk_page import OpenDesk, card, cards, field, ready, write

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAMES = ["Nora Fitzgerald", "Paul Late", "Quinn Moss"]


@pytest.fixture(autouse=True)
def three(company: Company, nora: Conversation) -> None:  # noqa: ARG001 the first one
    for name in NAMES[1:]:
        place(company, name.split()[0], status="live", agent="maya", customer=name)


def opened(page: Page, name: str) -> None:
    expect(page.locator("[data-card][aria-current=true]")).to_contain_text(name)
    expect(page.get_by_role("heading", level=2, name=name)).to_be_visible()
    expect(field(page)).to_be_focused()


def test_alt_and_arrows_go_through_the_conversations(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        expect(cards(page)).to_have_count(3)
        names = page.locator("[data-card] [data-name]").all_inner_texts()
        assert sorted(names) == NAMES
        opened(page, names[0])
        for place_ in (1, 2, 0):
            page.keyboard.press("Alt+ArrowDown")
            opened(page, names[place_])
        page.keyboard.press("Alt+ArrowUp")
        opened(page, names[2])
        # The order of the cards is the same, whatever was opened.
        assert page.locator("[data-card] [data-name]").all_inner_texts() == names

    open_desk("/desk", user=maya).do(steps)


def test_f6_goes_from_pane_to_pane(open_desk: OpenDesk, maya: User) -> None:
    def pane(page: Page) -> str:
        return page.evaluate("document.activeElement.closest('[data-pane-name]')?.dataset.paneName ?? ''")

    def steps(page: Page) -> None:
        ready(page)
        seen = [pane(page)]
        for _ in range(3):
            page.keyboard.press("F6")
            seen.append(pane(page))
        assert seen == ["talk", "side", "list", "talk"]
        expect(field(page)).to_be_focused()
        page.keyboard.press("Shift+F6")
        expect(page.locator("[data-card][aria-current=true]")).to_be_focused()
        # A pane that is folded away is passed over.
        page.get_by_role("button", name="Right side").click()
        page.keyboard.press("F6")
        assert pane(page) == "list"
        page.keyboard.press("F6")
        assert pane(page) == "talk"

    open_desk("/desk", user=maya).do(steps)


def test_the_palette_finds_every_action_and_conversation(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        palette = page.get_by_role("dialog", name="Find any action")
        actions = palette.get_by_role("option")
        # At once, and what is typed in the same breath is for it and not for the customer.
        page.keyboard.press("Control+k")
        page.keyboard.type("quinn")
        expect(palette.get_by_role("combobox")).to_have_value("quinn")
        expect(actions).to_contain_text(["Quinn Moss"])
        expect(field(page)).to_have_value("")
        page.keyboard.press("Enter")
        expect(palette).to_be_hidden()
        opened(page, "Quinn Moss")
        page.keyboard.press("Control+k")
        expect(palette.get_by_role("combobox")).to_have_value("")
        page.keyboard.type("show notes")
        expect(actions).to_have_count(1)
        page.keyboard.press("Enter")
        expect(page.get_by_role("tab", name="Notes")).to_have_attribute("aria-selected", "true")
        expect(page.get_by_label("New note")).to_be_visible()
        page.keyboard.press("Control+k")
        expect(actions.nth(1)).to_be_visible()
        expect(actions.first).to_have_attribute("aria-selected", "true")
        page.keyboard.press("ArrowDown")
        expect(actions.nth(1)).to_have_attribute("aria-selected", "true")
        page.keyboard.type("qqqq")
        expect(actions).to_have_count(0)
        page.keyboard.press("Enter")
        expect(palette).to_be_hidden()
        page.keyboard.press("Control+k")
        page.keyboard.press("Escape")
        expect(palette).to_be_hidden()

    open_desk("/desk", user=maya).do(steps)


def test_the_question_mark_shows_the_keys_unless_it_is_switched_off(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        sheet = page.get_by_role("dialog", name="Keys")
        write(page, "Why?")
        expect(field(page)).to_have_value("Why?")
        expect(sheet).to_be_hidden()
        card(page, "Nora").focus()
        page.keyboard.press("?")
        expect(sheet).to_be_visible()
        page.keyboard.press("Escape")
        expect(sheet).to_be_hidden()
        page.keyboard.press("Control+k")
        page.keyboard.type("single-key")
        expect(page.get_by_role("option", name="Switch single-key shortcuts off")).to_be_visible()
        page.keyboard.press("Enter")
        card(page, "Nora").focus()
        page.keyboard.press("?")
        page.keyboard.press("F6")  # dealt with after the one before
        expect(field(page)).to_be_focused()
        expect(sheet).to_be_hidden()
        page.reload()
        expect(field(page)).to_be_focused()
        card(page, "Nora").focus()
        page.keyboard.press("?")
        page.keyboard.press("F6")
        expect(field(page)).to_be_focused()
        expect(sheet).to_be_hidden()
        # The button shows them all the same.
        page.get_by_role("button", name="Keys").click()
        expect(sheet).to_be_visible()

    open_desk("/desk", user=maya).do(steps)
