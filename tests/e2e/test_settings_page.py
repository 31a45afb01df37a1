"""The settings page in a browser: what the browser keeps, the test of the bell, and open desks that follow."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from conversations.models import Conversation
from tests.e2e.desk_page import OpenDesk, field, ready
from tests.e2e.test_desk_bell import STUBS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("nora")]

PATH = "/desk/settings"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844), (320, 568)])
def test_it_is_accessible_at_each_size(open_desk: OpenDesk, maya: User, width: int, height: int, scheme: str) -> None:
    tab = open_desk(PATH, user=maya, width=width, height=height, scheme=scheme)
    tab.do(lambda page: expect(page.get_by_role("heading", name="Settings", exact=True)).to_be_visible())
    assert (tab.axe(), max(0, tab.overflow())) == ([], 0)


def test_the_menu_and_the_palette_lead_there(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        page.locator(".topbar [data-menu] summary").click()
        page.get_by_role("link", name="Settings").click()
        expect(page).to_have_url(f"{page.url.split('/desk')[0]}{PATH}")
        page.get_by_role("link", name="Back to the desk").click()
        ready(page)
        page.keyboard.press("Control+k")
        page.keyboard.type("notifications sounds")
        actions = page.get_by_role("listbox", name="Actions").get_by_role("option")
        expect(actions).to_have_text("Settings: sounds and notifications")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Sounds and notifications")).to_be_in_viewport()

    open_desk("/desk", user=maya).do(steps)


def test_open_desks_follow_at_once(open_desk: OpenDesk, maya: User) -> None:
    desk = open_desk("/desk", user=maya)
    desk.do(ready)
    settings = open_desk(PATH, user=maya, beside=desk)

    def changes(page: Page) -> None:
        page.get_by_role("radio", name="Large").check()
        page.get_by_role("radio", name="Ctrl Enter only").check()
        page.get_by_role("group", name="Colors").last.get_by_role("radio", name="Dark").check()
        page.get_by_role("checkbox", name="Alt and a letter").uncheck()
        assert page.evaluate("document.documentElement.dataset.textSize") == "large"

    def follows(page: Page) -> None:
        page.wait_for_function("() => document.documentElement.dataset.textSize === 'large'")
        page.wait_for_function("() => document.documentElement.dataset.theme === 'dark'")
        expect(page.locator("[data-send-key]")).to_have_text("Ctrl Enter")
        field(page).press("Alt+e")
        page.keyboard.press("Control+k")  # dealt with after the one before
        expect(page.get_by_role("dialog", name="Find any action")).to_be_visible()
        expect(page.locator("[data-sheet]")).to_be_hidden()

    settings.do(changes)
    desk.do(follows)
    settings.do(lambda page: page.reload())
    settings.do(lambda page: expect(page.get_by_role("radio", name="Large")).to_be_checked())


def test_notifications_are_asked_for_by_a_press_and_tested(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        page.add_init_script(
            "localStorage.getItem('test:permission') ?? localStorage.setItem('test:permission', 'default')"
        )
        page.add_init_script(f"({STUBS})()")
        page.goto(PATH)
        boxes = page.get_by_role("checkbox", name="Notification A new conversation")
        state = page.locator("[data-notification-state]")
        expect(state).to_have_text("Notifications are not allowed yet.")
        expect(boxes).to_be_disabled()
        page.get_by_role("button", name="Test sound and notification").click()
        expect(page.locator("[data-test-state]")).to_have_text(
            "You should hear two notes. Notifications are not allowed yet."
        )
        assert (page.evaluate("tones"), page.evaluate("shown")) == (2, [])
        page.get_by_role("button", name="Allow notifications").click()
        expect(state).to_have_text("Notifications are allowed in this browser.")
        expect(boxes).to_be_enabled()
        expect(boxes).to_be_checked()
        expect(page.get_by_role("button", name="Allow notifications")).to_be_hidden()
        page.get_by_role("button", name="Test sound and notification").click()
        expect(page.locator("[data-test-state]")).to_contain_text("A notification is on its way.")
        assert page.evaluate("shown") == [["Test of your desk", "This is how a notification looks."]]

    open_desk("/password", user=maya).do(steps)


def test_on_plain_http_it_says_what_there_is_not(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        page.add_init_script(f"({STUBS})()")
        page.add_init_script(
            "Object.defineProperty(window, 'isSecureContext', { value: false }); delete window.Notification"
        )
        page.goto(PATH)
        expect(page.locator("[data-notification-state]")).to_contain_text("https only. Sounds work.")
        expect(page.get_by_role("button", name="Allow notifications")).to_be_hidden()
        page.get_by_role("button", name="Test sound and notification").click()
        expect(page.locator("[data-test-state]")).to_contain_text("https only")

    open_desk("/password", user=maya).do(steps)


def test_a_wrong_word_is_told_beside_the_field_and_a_right_one_listed(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        page.get_by_label("Add a word").fill("two words")
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_label("Add a word")).to_have_accessible_description("One word at a time, please.")
        page.get_by_label("Add a word").fill("fibre")
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_role("list", name="Words")).to_contain_text("fibre")
        page.get_by_role("button", name="Remove fibre").click()
        expect(page.get_by_text("No words yet.")).to_be_visible()

    open_desk(PATH, user=maya).do(steps)


def test_nothing_is_chosen_for_a_conversation(open_desk: OpenDesk, maya: User, nora: Conversation) -> None:
    """The page needs none, and opens none."""
    tab = open_desk(PATH, user=maya)
    tab.do(lambda page: expect(page.get_by_role("heading", name="Greeting")).to_be_visible())
    assert nora.pk not in tab.do(lambda page: page.content())
