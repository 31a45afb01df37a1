"""The first pages in a real browser: accessibility, reflow, content security policy, and what script adds."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Company, User
from conversations.models import Conversation
from tests.composer.conftest import hire, place
from tests.e2e.conftest import Tab
from tests.factories import PASSWORD, make_company

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Open = Callable[..., Tab]

LONG = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh Maximilian Alexander"
TALK = [
    ("system", "Welcome to the desk", 40),
    ("customer", "My bill is wrong and https://example.com/" + "very-long-" * 30, 30),
    ("agent", "Let me look", 20),
    ("customer", "Thank you", 9),
]


@pytest.fixture
def company(transactional_db: None) -> Company:  # noqa: ARG001 rows need the database
    return make_company()


@pytest.fixture
def maya(company: Company) -> User:
    return hire(company, "maya", "agent", "developer", queues=["billing"], full_name="Maya Byrne")


@pytest.fixture
def talk(company: Company, maya: User) -> Conversation:  # noqa: ARG001 its agent
    """A live conversation, among one of each other state."""
    place(company, "waits", customer=LONG, lines=[("customer", "hello? " * 40, 12)])
    place(company, "new", customer="", lines=[("customer", "مرحبا", 1)])
    place(company, "ended", status="ended", customer_id="c1", resolution="resolved")
    meta = {"A_LONG_NAME_OF_METADATA": "https://example.com/" + "path/" * 40}
    return place(company, "talk", status="live", agent="maya", customer_id="c1", lines=TALK, metadata=meta)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844), (320, 568)])
def test_pages_have_no_grave_violation_and_fit(
    open_tab: Open, maya: User, talk: Conversation, width: int, height: int, scheme: str
) -> None:
    window = {"width": width, "height": height, "scheme": scheme}
    found: dict[str, object] = {}

    def check(name: str, tab: Tab) -> None:
        found[name] = (tab.axe(), max(tab.overflow(), 0))

    check("sign-in", open_tab("/sign-in", **window))
    tab = open_tab("/", user=maya, **window)
    for path in ("/", "/?tab=live", "/?tab=ended", "/password", f"/conversations/{talk.pk}", "/nothing-here"):
        tab.do(lambda page, path=path: page.goto(path))
        check(path, tab)
    tab.do(lambda page: page.locator("[data-menu] summary").click())
    check("menu", tab)
    assert found == {name: ([], 0) for name in found}


def test_the_error_page_of_a_wrong_password_is_accessible(open_tab: Open, maya: User) -> None:
    tab = open_tab("/sign-in")

    def steps(page: Page) -> None:
        page.get_by_label("User name").fill(maya.username)
        page.get_by_label("Password", exact=True).fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        field = page.get_by_label("Password", exact=True)
        expect(field).to_be_focused()
        expect(field).to_have_accessible_description(
            "The user name or password is wrong. Check both, including capital letters."
        )

    tab.do(steps)
    assert tab.axe() == []


def test_a_password_can_be_shown_and_hidden(open_tab: Open) -> None:
    def steps(page: Page) -> None:
        field = page.get_by_label("Password", exact=True)
        field.fill("secret words")
        page.get_by_role("button", name="Show password").click()
        expect(field).to_have_attribute("type", "text")
        expect(field).to_be_focused()
        page.get_by_role("button", name="Hide password").click()
        expect(field).to_have_attribute("type", "password")

    open_tab("/sign-in").do(steps)


@pytest.mark.usefixtures("talk")
def test_everything_works_without_script(open_tab: Open, maya: User) -> None:
    def steps(page: Page) -> None:
        page.get_by_label("User name").fill(maya.username)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        # An agent lands on the desk, which is nothing without script, and says so.
        expect(page.get_by_role("heading", name="Desk")).to_be_visible()
        expect(page.locator("noscript p")).to_be_visible()  # no search by text looks into it
        expect(page.locator("noscript p")).to_contain_text("The desk needs JavaScript")
        page.get_by_role("link", name="Queues", exact=True).click()
        expect(page.get_by_role("heading", name="Hello, Maya")).to_be_visible()
        expect(page.get_by_text("Colors")).to_be_hidden()
        page.get_by_role("link", name="Live").click()
        page.get_by_role("link", name="Nora Fitzgerald").click()
        expect(page.get_by_role("log", name="Transcript")).to_contain_text("Let me look")
        page.locator("[data-menu] summary").click()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    open_tab("/sign-in", java_script_enabled=False).do(steps)


@pytest.mark.usefixtures("talk")
def test_tabs_swap_the_list_keep_the_focus_and_say_so(open_tab: Open, maya: User) -> None:
    def steps(page: Page) -> None:
        page.evaluate("window.same = true")
        page.get_by_role("link", name="Live").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#tab-live")).to_have_attribute("aria-current", "page")
        expect(page.locator("#tab-live")).to_be_focused()
        expect(page.locator("[data-announcer]")).to_have_text("Live conversations: 1 to 1 shown")
        assert page.url.endswith("/?tab=live")
        assert page.evaluate("window.same")
        page.go_back()
        expect(page.locator("#tab-waiting")).to_have_attribute("aria-current", "page")
        # Browsers keep the address, never a conversation.
        assert page.evaluate("[Object.keys(localStorage), Object.keys(sessionStorage)]") == [
            [],
            ["htmx-current-path-for-history"],
        ]

    open_tab("/", user=maya).do(steps)


def test_focus_goes_to_the_list_when_its_link_is_gone(open_tab: Open, company: Company, maya: User) -> None:
    for number in range(26):
        place(company, str(number), status="ended", lines=[("customer", "a", number)])

    def steps(page: Page) -> None:
        page.locator("#pager-older").focus()
        page.keyboard.press("Enter")
        expect(page.locator(".pager__showing")).to_have_text("26 to 26")
        expect(page.locator("#list-title")).to_be_focused()

    open_tab("/?tab=ended", user=maya).do(steps)


def test_the_board_renews_itself_unless_somebody_is_in_it(open_tab: Open, company: Company, maya: User) -> None:
    place(company, "first", customer="First Caller")
    tab = open_tab("/password", user=maya)

    def start(page: Page) -> None:
        page.clock.install()
        page.goto("/")
        page.locator("#tab-waiting").focus()

    tab.do(start)
    place(company, "second", customer="Second Caller")

    def stays(page: Page) -> None:
        page.clock.run_for(61_000)
        expect(page.locator("#board .row")).to_have_count(1)
        page.locator("[data-menu] summary").focus()

    tab.do(stays)

    def comes(page: Page) -> None:
        page.clock.run_for(21_000)
        expect(page.locator("#board .row")).to_have_count(2)
        expect(page.locator("[data-announcer]")).to_have_text("")

    tab.do(comes)


def test_a_list_whose_session_ended_leads_to_sign_in_and_back(open_tab: Open, maya: User) -> None:
    def steps(page: Page) -> None:
        page.context.clear_cookies()
        page.get_by_role("link", name="Live").click()
        page.get_by_label("User name").fill(maya.username)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Hello, Maya")).to_be_visible()
        assert page.url.endswith("/?tab=ended")

    open_tab("/?tab=ended", user=maya).do(steps)


def test_a_list_that_does_not_load_says_so(open_tab: Open, maya: User) -> None:
    def steps(page: Page) -> None:
        page.route("**/?tab=live", lambda route: route.fulfill(status=503, body="away"))
        page.get_by_role("link", name="Live").click()
        expect(page.get_by_role("alert")).to_have_text("That did not load. Check your connection and try again.")
        expect(page.locator("#tab-waiting")).to_have_attribute("aria-current", "page")
        page.unroute("**/?tab=live")
        page.get_by_role("link", name="Live").click()
        expect(page.locator("#tab-live")).to_have_attribute("aria-current", "page")
        expect(page.locator("[data-trouble]")).to_be_hidden()

    tab = open_tab("/", user=maya)
    tab.do(steps)
    tab.complaints = [text for text in tab.complaints if "503" not in text]  # htmx logs the failed request


def test_the_theme_is_remembered(open_tab: Open, maya: User) -> None:
    def ground(page: Page) -> str:
        return page.evaluate("getComputedStyle(document.documentElement).backgroundColor")

    def steps(page: Page) -> None:
        light = ground(page)
        page.locator("[data-menu] summary").click()
        expect(page.get_by_role("radio", name="System")).to_be_checked()
        page.get_by_role("radio", name="Dark").check()
        dark = ground(page)
        assert dark != light
        page.goto("/password")
        assert ground(page) == dark
        page.locator("[data-menu] summary").click()
        page.get_by_role("radio", name="System").check()
        assert ground(page) == light
        page.reload()
        assert ground(page) == light

    open_tab("/", user=maya).do(steps)


def test_the_account_menu_works_by_keyboard(open_tab: Open, maya: User) -> None:
    def steps(page: Page) -> None:
        button = page.locator("[data-menu] summary")
        panel = page.locator(".menu__panel")
        button.focus()
        page.keyboard.press("Enter")
        expect(panel).to_be_visible()
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        expect(panel).to_be_hidden()
        expect(button).to_be_focused()
        button.click()
        page.locator("h1").click()
        expect(panel).to_be_hidden()

    open_tab("/", user=maya).do(steps)


@pytest.mark.usefixtures("talk")
def test_the_first_stop_of_the_keyboard_skips_to_the_content(open_tab: Open, maya: User) -> None:
    def steps(page: Page) -> None:
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.locator(".tile__name a")).to_be_focused()

    open_tab("/", user=maya).do(steps)


def test_a_transcript_opens_at_its_end(open_tab: Open, company: Company, maya: User) -> None:
    lines = [("customer", f"line {number}", 90 - number) for number in range(80)]
    found = place(company, "long", status="live", agent="maya", lines=lines)
    address = f"/conversations/{found.pk}"

    def at_the_end(page: Page) -> None:
        expect(page.get_by_text("line 79")).to_be_in_viewport()
        pane = page.get_by_role("region", name="Messages")
        pane.focus()
        page.keyboard.press("Home")
        expect(page.get_by_text("line 0", exact=True)).to_be_in_viewport()

    open_tab(address, user=maya).do(at_the_end)
    open_tab(address, user=maya, width=390, height=844).do(
        lambda page: expect(page.get_by_text("line 0", exact=True)).to_be_in_viewport()
    )
