"""The bell: what rings and how, told by the page's own WebAudio and Notification, which a script takes the place of."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Company, User
from conversations.models import Conversation
from tests.composer.conftest import place
from tests.e2e.conftest import Tab
from tests.e2e.desk_page import OpenDesk, card, cards, field, ready, wait_until
from tests.factories import say

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What would sound, and what would be shown: noted instead.
STUBS = """() => {
    window.tones = 0;
    window.shown = [];
    window.AudioContext = class { state = "running"; currentTime = 0; destination = {}; async resume() {} };
    const node = class {
        gain = { linearRampToValueAtTime() {}, exponentialRampToValueAtTime() {} };
        connect(to) { return to; }
        start() { tones += 1; }
        stop() {}
    };
    window.OscillatorNode = node;
    window.GainNode = node;
    window.Notification = class {
        static permission = localStorage.getItem("test:permission") ?? "granted";
        static async requestPermission() {
            localStorage.setItem("test:permission", "granted");
            return (this.permission = "granted");
        }
        constructor(title, options) { shown.push([title, options.body]); window.lastNotification = this; }
        close() {}
    };
    document.hasFocus = () => !window.away;
    Object.defineProperty(document, "visibilityState", { get: () => (window.away ? "hidden" : "visible") });
}"""
# A page may sound only after somebody pressed something in it.
GESTURE = "Shift"


def opens(page: Page) -> None:
    page.add_init_script(f"({STUBS})()")
    page.goto("/desk")
    ready(page)
    page.keyboard.press(GESTURE)


def goes_away(page: Page) -> None:
    page.evaluate("window.away = true; document.dispatchEvent(new Event('visibilitychange'))")


def sounded(page: Page) -> int:
    number: int = page.evaluate("tones")
    return number


def shown(page: Page) -> list[list[str]]:
    found: list[list[str]] = page.evaluate("shown")
    return found


def prefer(**values: object) -> Callable[[Page], None]:
    def step(page: Page) -> None:
        page.evaluate(
            "values => localStorage.setItem('desk:maya:preferences', JSON.stringify("
            "{...JSON.parse(localStorage.getItem('desk:maya:preferences') ?? '{}'), ...values}))",
            values,
        )

    return step


@pytest.fixture
def tab(open_desk: OpenDesk, maya: User, nora: Conversation) -> Tab:  # noqa: ARG001 somebody is there
    tab = open_desk("/password", user=maya)
    tab.do(opens)
    return tab


def test_what_is_there_when_the_desk_opens_does_not_ring(tab: Tab) -> None:
    """Nora has waited for three minutes: that is no news, either."""
    tab.do(lambda page: page.wait_for_function("() => performance.now() > 2500"))
    assert (tab.do(sounded), tab.do(shown)) == (0, [])


def test_a_new_conversation_rings(tab: Tab, company: Company) -> None:
    tab.do(goes_away)
    place(company, "paul", status="live", agent="maya", customer="Paul Late", lines=[("customer", "Hi", 0)])

    def rings(page: Page) -> None:
        expect(card(page, "Paul")).to_be_visible()
        wait_until(page, lambda: shown(page) == [["New conversation: Paul Late", ""]])
        assert sounded(page) == 2

    tab.do(rings)


def test_a_message_on_screen_does_not_ring_and_one_elsewhere_does(
    open_desk: OpenDesk, maya: User, nora: Conversation, company: Company
) -> None:
    paul = place(company, "paul", status="live", agent="maya", customer="Paul Late", lines=[("customer", "Hi", 1)])
    tab = open_desk("/password", user=maya)

    def chooses(page: Page) -> None:
        opens(page)
        card(page, "Nora").click()
        expect(card(page, "Nora")).to_have_attribute("aria-current", "true")
        page.keyboard.type("Hel")

    def rings(page: Page) -> None:
        wait_until(page, lambda: sounded(page) == 1)
        # The agent is here: no notification, and the composer keeps the focus and the words.
        assert shown(page) == []
        expect(field(page)).to_be_focused()
        expect(field(page)).to_have_value("Hel")
        expect(card(page, "Nora")).to_have_attribute("aria-current", "true")

    tab.do(chooses)
    say(nora, "Are you there?", after=10)
    tab.do(lambda page: expect(page.get_by_role("log", name="Transcript")).to_contain_text("Are you there?"))
    assert tab.do(sounded) == 0
    say(paul, "And I?", after=11)
    tab.do(rings)


def test_a_notification_has_the_name_and_the_words_only_where_that_was_chosen(tab: Tab, nora: Conversation) -> None:
    tab.do(goes_away)
    say(nora, "My card number is secret", after=10)
    tab.do(lambda page: wait_until(page, lambda: shown(page) == [["Nora Fitzgerald: new message", ""]]))
    tab.do(prefer(notifyText=True))
    say(nora, "Are you there?", after=20)
    tab.do(
        lambda page: wait_until(page, lambda: shown(page)[1:] == [["Nora Fitzgerald: new message", "Are you there?"]])
    )


def test_pressing_a_notification_brings_the_desk_forward_and_changes_nothing_in_it(
    tab: Tab, nora: Conversation, company: Company
) -> None:
    paul = place(company, "paul", status="live", agent="maya", customer="Paul Late", lines=[("customer", "Hi", 1)])

    def chooses(page: Page) -> None:
        expect(cards(page)).to_have_count(2)
        card(page, "Nora").click()
        page.keyboard.type("Hel")
        page.evaluate("() => { window.focused = 0; window.focus = () => (focused += 1); }")
        goes_away(page)

    def presses(page: Page) -> None:
        wait_until(page, lambda: ["Paul Late: new message", ""] in shown(page))
        page.evaluate("lastNotification.onclick()")
        assert page.evaluate("focused") == 1
        page.keyboard.type("lo")
        expect(field(page)).to_have_value("Hello")
        expect(card(page, "Nora")).to_have_attribute("aria-current", "true")

    tab.do(chooses)
    say(paul, "And I?", after=11)
    tab.do(presses)
    assert nora.pk


@pytest.mark.parametrize(
    ("off", "tones", "notifications"), [({"soundMessage": False}, 0, 1), ({"notifyMessage": False}, 1, 0)]
)
def test_each_kind_can_be_switched_off(
    tab: Tab, nora: Conversation, company: Company, off: dict[str, bool], tones: int, notifications: int
) -> None:
    tab.do(prefer(**off))
    tab.do(goes_away)
    say(nora, "Are you there?", after=10)
    # What rings after it proves that the first has had its turn.
    tab.do(lambda page: expect(card(page, "Nora")).to_contain_text("Are you there?"))
    place(company, "paul", status="live", agent="maya", customer="Paul Late", lines=[("customer", "Hi", 0)])
    tab.do(lambda page: expect(card(page, "Paul")).to_be_visible())
    tab.do(lambda page: wait_until(page, lambda: sounded(page) >= tones + 2 and len(shown(page)) >= notifications + 1))
    assert (tab.do(sounded), len(tab.do(shown))) == (tones + 2, notifications + 1)


def test_a_late_answer_rings_once(open_desk: OpenDesk, maya: User, company: Company) -> None:
    place(company, "paul", status="live", agent="maya", customer="Paul Late", lines=[("customer", "Hi", 0.5)])
    tab = open_desk("/password", user=maya)

    def waits(page: Page) -> None:
        page.clock.install()
        opens(page)
        goes_away(page)
        page.clock.fast_forward("05:00")
        page.clock.run_for(2_000)
        wait_until(page, lambda: shown(page) == [["Paul Late has waited too long", ""]])
        page.clock.run_for(5_000)
        assert len(shown(page)) == 1
        assert sounded(page) == 3

    tab.do(waits)
    tab.forgive_lost_line()


def test_several_tabs_ring_once(open_desk: OpenDesk, tab: Tab, maya: User, nora: Conversation) -> None:
    other = open_desk("/password", user=maya, beside=tab)
    other.do(opens)
    tab.do(goes_away)
    other.do(goes_away)
    for number in range(3):
        say(nora, f"Number {number}", after=10 + number)
    total = lambda: len(tab.do(shown)) + len(other.do(shown))  # noqa: E731
    tab.do(lambda page: expect(card(page, "Nora")).to_contain_text("Number 2"))
    other.do(lambda page: expect(card(page, "Nora")).to_contain_text("Number 2"))
    tab.do(lambda page: page.evaluate("new Promise(done => setTimeout(done, 400))"))  # longer than a claim takes
    other.do(lambda page: page.evaluate("new Promise(done => setTimeout(done, 400))"))
    assert total() == 3


def test_a_tab_behind_does_not_ring_for_what_another_tab_shows(
    open_desk: OpenDesk, tab: Tab, maya: User, nora: Conversation
) -> None:
    other = open_desk("/password", user=maya, beside=tab)
    other.do(opens)
    other.do(goes_away)
    say(nora, "Are you there?", after=10)
    other.do(lambda page: expect(card(page, "Nora")).to_contain_text("Are you there?"))
    tab.do(lambda page: expect(page.get_by_role("log", name="Transcript")).to_contain_text("Are you there?"))
    other.do(lambda page: page.evaluate("new Promise(done => setTimeout(done, 400))"))  # longer than a claim takes
    assert [tab.do(sounded), other.do(sounded), other.do(shown)] == [0, 0, []]


def test_before_anything_was_pressed_it_is_silent_and_breaks_nothing(
    open_desk: OpenDesk, maya: User, nora: Conversation
) -> None:
    """The browser's own WebAudio and Notification, without a permission: the console must stay empty."""
    tab = open_desk("/desk", user=maya)
    tab.do(ready)
    tab.do(goes_away)
    say(nora, "Are you there?", after=10)
    tab.do(lambda page: expect(card(page, "Nora")).to_contain_text("Are you there?"))
    tab.do(lambda page: page.wait_for_function("() => Object.keys(localStorage).some(key => key.includes(':rang:'))"))
    assert tab.complaints == []
