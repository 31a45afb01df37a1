"""The banner of the line: it covers nothing, and says at once what the browser knows of the network."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from tests.e2e.desk_page import SOCKET, Line, OpenDesk, box, open_with_line, ready

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("nora")]

AT_ONCE_MS = 1_000


def banner(page: Page) -> Locator:
    return page.locator("[data-banner]")


def gives_way(page: Page) -> None:
    """The whole composer, Send included, is above the banner and on screen."""
    top = box(banner(page))["y"]
    for part in (".composer", "[data-send]"):
        low = box(page.locator(part))
        assert low["y"] + low["height"] <= top, part
    bottom = box(banner(page))
    assert bottom["y"] + bottom["height"] <= page.evaluate("innerHeight") + 1


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_it_stands_below_the_composer(open_desk: OpenDesk, maya: User, width: int, height: int) -> None:
    line = Line()

    def steps(page: Page) -> None:
        page.route_web_socket(SOCKET, line)
        page.goto("/desk")
        page.locator("[data-card]").first.click()
        expect(page.locator(".composer")).to_be_visible()
        line.lose_kind = "echo"
        page.evaluate("dispatchEvent(new Event('offline'))")
        expect(banner(page)).to_contain_text("offline")
        gives_way(page)

    tab = open_desk("/sign-in", user=maya, width=width, height=height)
    tab.do(steps)
    assert tab.axe() == []


def test_offline_is_said_at_once(open_desk: OpenDesk, maya: User) -> None:
    line = Line()

    def steps(page: Page) -> None:
        open_with_line(page, line)
        # A region that screen readers know before it says anything.
        expect(page.get_by_role("status").and_(banner(page))).to_have_text("")
        line.lose_kind = "echo"
        page.context.set_offline(True)
        expect(banner(page)).to_contain_text("You are offline", timeout=AT_ONCE_MS)
        expect(banner(page)).to_have_attribute("data-state", "offline")
        page.context.set_offline(False)

    tab = open_desk("/sign-in", user=maya)
    tab.do(steps)
    tab.forgive_lost_line()


def test_a_line_that_still_answers_is_not_called_lost(open_desk: OpenDesk, maya: User) -> None:
    """A server in the same house answers while the browser misses the internet."""

    def steps(page: Page) -> None:
        ready(page)
        page.evaluate("dispatchEvent(new Event('offline'))")
        expect(banner(page)).to_contain_text("Connected")
        expect(banner(page)).to_have_text("")

    open_desk("/desk", user=maya).do(steps)


def test_back_online_it_tries_at_once(open_desk: OpenDesk, maya: User) -> None:
    """The page's clock stands still: no try comes by itself."""
    line = Line()

    def steps(page: Page) -> None:
        page.clock.install()
        open_with_line(page, line)
        page.clock.pause_at(page.evaluate("Date.now() / 1_000") + 1)
        page.evaluate("dispatchEvent(new Event('offline'))")
        line.cut()
        expect(banner(page)).to_contain_text("You are offline")
        line.sent.clear()
        page.evaluate("dispatchEvent(new Event('online'))")
        expect(banner(page)).to_contain_text("Connected")
        assert line.sent[0]["t"] == "hello"

    tab = open_desk("/sign-in", user=maya)
    tab.do(steps)
    tab.forgive_lost_line()


def test_a_try_that_hangs_is_given_up_when_the_network_is_back(open_desk: OpenDesk, maya: User) -> None:
    line = Line()
    hang = """() => {
        const Real = WebSocket;
        window.hanging = [];
        window.WebSocket = class extends EventTarget {
            static OPEN = 1;
            readyState = 0;
            constructor() { super(); hanging.push(this); }
            close() { window.WebSocket = Real; }
        };
    }"""

    def steps(page: Page) -> None:
        page.clock.install()
        open_with_line(page, line)
        page.evaluate(hang)
        page.evaluate("dispatchEvent(new Event('offline'))")
        line.cut()
        page.clock.run_for(2_000)
        page.wait_for_function("() => hanging.length")
        page.evaluate("dispatchEvent(new Event('online'))")
        page.clock.run_for(1)
        expect(banner(page)).to_contain_text("Connected")

    open_desk("/sign-in", user=maya).do(steps)
