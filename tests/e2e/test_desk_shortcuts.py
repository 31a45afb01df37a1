"""Alt and a letter: end, transfer, note, status; of the conversation that the agent chose and of no other."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from accounts.models import Company, User
from conversations.models import Conversation
from tests.composer.conftest import place
from tests.e2e.desk_page import OpenDesk, field, ready, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What a keyboard of a Mac, a Greek or a Russian one says when Alt is held: (key, code).
OTHER_KEYBOARDS = [("´", "KeyE"), ("ε", "KeyE"), ("у", "KeyE"), ("E", "KeyD")]


def press(page: Page, key: str, code: str, **more: bool) -> bool:
    """Like a key of another keyboard. True: the page did something with it."""
    return bool(
        page.evaluate(
            """([key, code, more]) => !document.activeElement.dispatchEvent(new KeyboardEvent("keydown",
                {key, code, altKey: true, bubbles: true, cancelable: true, ...more}))""",
            [key, code, more],
        )
    )


@pytest.mark.usefixtures("nora")
def test_they_end_transfer_and_write_a_note(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        sheet = page.locator("[data-sheet]")
        page.keyboard.press("Alt+e")
        expect(sheet.get_by_role("heading", name="End the conversation with Nora Fitzgerald")).to_be_visible()
        page.keyboard.press("Alt+t")  # one thing at a time
        page.keyboard.press("Escape")
        expect(sheet).to_be_hidden()
        expect(field(page)).to_be_focused()
        page.keyboard.press("Alt+t")
        expect(sheet.get_by_role("heading", name="Transfer Nora Fitzgerald")).to_be_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("Alt+p")
        note = page.get_by_label("New note")
        expect(note).to_be_focused()
        page.keyboard.type("hers")
        field(page).focus()
        page.keyboard.press("Alt+p")
        expect(note).to_be_focused()
        expect(note).to_have_value("hers")
        expect(field(page)).to_have_value("")

    open_desk("/desk", user=maya).do(steps)


@pytest.mark.usefixtures("nora")
def test_the_status_is_changed_without_a_mouse(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        page.keyboard.press("Alt+s")
        menu = page.locator("[data-menu]", has=page.locator("#desk-status-now"))
        expect(menu.locator("[aria-pressed=true]")).to_be_focused()
        page.keyboard.press("Escape")
        expect(field(page)).to_be_focused()
        page.keyboard.press("Alt+s")
        expect(menu.locator("[aria-pressed=true]")).to_be_focused()
        page.keyboard.press("ArrowDown")
        chosen = page.evaluate("document.activeElement.querySelector('.standing__choice-name').textContent")
        page.keyboard.press("Enter")
        expect(page.locator("#desk-status-now")).to_contain_text(chosen)
        expect(field(page)).to_be_focused()

    open_desk("/desk", user=maya).do(steps)


@pytest.mark.usefixtures("nora")
@pytest.mark.parametrize(("key", "code"), OTHER_KEYBOARDS)
def test_other_keyboards(open_desk: OpenDesk, maya: User, key: str, code: str) -> None:
    def steps(page: Page) -> None:
        ready(page)
        assert press(page, key, code)
        expect(page.locator("[data-sheet]")).to_be_visible()

    open_desk("/desk", user=maya).do(steps)


@pytest.mark.usefixtures("nora")
def test_alt_gr_and_keys_of_the_browser_are_left_alone(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        assert not press(page, "€", "KeyE", modifierAltGraph=True)
        assert not press(page, "e", "KeyE", ctrlKey=True)
        assert not press(page, "e", "KeyE", metaKey=True)
        assert not press(page, "E", "KeyE", shiftKey=True)
        assert not press(page, "d", "KeyD")
        page.keyboard.press("Control+k")  # dealt with after the ones before
        expect(page.get_by_role("dialog", name="Find any action")).to_be_visible()
        expect(page.locator("[data-sheet]")).to_be_hidden()

    open_desk("/desk", user=maya).do(steps)


def test_without_a_conversation_they_do_nothing(open_desk: OpenDesk, maya: User, company: Company) -> None:
    assert company.pk

    def steps(page: Page) -> None:
        expect(page.get_by_text("No conversation is open")).to_be_visible()
        for key in ("Alt+e", "Alt+t", "Alt+p"):
            page.keyboard.press(key)
        page.keyboard.press("Alt+s")  # dealt with after them
        expect(page.locator(".standing__choices")).to_be_visible()
        expect(page.locator("[data-sheet]")).to_be_hidden()
        expect(page.locator("#side-body")).to_contain_text("Open a conversation")

    open_desk("/desk", user=maya).do(steps)


def test_the_buttons_the_list_and_screen_readers_know_them(open_desk: OpenDesk, maya: User, nora: Conversation) -> None:
    assert nora.pk

    def steps(page: Page) -> None:
        ready(page)
        for name, key in (("End", "E"), ("Transfer", "T")):
            button = page.locator(".talk__acts").get_by_role("button", name=name, exact=True)
            expect(button).to_have_attribute("aria-keyshortcuts", f"Alt+{key}")
            expect(button).to_have_attribute("title", f"{name} (Alt+{key})")
            expect(button.locator("kbd")).to_be_visible()
        expect(page.get_by_role("tab", name="Notes")).to_have_attribute("aria-keyshortcuts", "Alt+P")
        expect(page.locator("#desk-status-now")).to_have_attribute("aria-keyshortcuts", "Alt+S")
        page.get_by_role("button", name="Keys").click()
        keys = page.get_by_role("dialog", name="Keys")
        for words in ("end the conversation", "transfer it", "write a note", "change your status"):
            expect(keys).to_contain_text(words)

    open_desk("/desk", user=maya).do(steps)


def test_a_conversation_that_came_while_the_keys_were_fetched_is_not_ended(
    open_desk: OpenDesk, maya: User, nora: Conversation, company: Company
) -> None:
    """The agent presses Alt+E and goes on to the next conversation before the script is there."""
    place(company, "paul", status="live", agent="maya", customer="Paul Late")
    assert nora.pk

    def steps(page: Page) -> None:
        held: list[Route] = []
        page.route("**/js/desk/keys.js", lambda route: held.append(route))
        ready(page)
        page.keyboard.press("Alt+e")
        page.keyboard.press("Alt+ArrowDown")
        expect(field(page)).to_be_focused()
        wait_until(page, lambda: bool(held))
        for route in held:
            route.continue_()
        page.keyboard.press("Alt+p")  # dealt with after the one before, once the script is there
        expect(page.get_by_label("New note")).to_be_focused()
        expect(page.locator("[data-sheet]")).to_be_hidden()

    open_desk("/desk", user=maya).do(steps)
