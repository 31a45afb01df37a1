"""The parts of the desk's page, by the names that people know them by."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.e2e.conftest import Tab

OpenDesk = Callable[..., Tab]
Box = dict[str, float]

SOCKET = "**/desk/socket"


def field(page: Page) -> Locator:
    return page.get_by_label("Message to the customer")


def drawer(page: Page) -> Locator:
    return page.locator("[data-drawer]")


def replies(page: Page) -> Locator:
    return drawer(page).get_by_role("option")


def popup(page: Page) -> Locator:
    return page.locator(".popup")


def found(page: Page) -> Locator:
    """The rows of quicksearch."""
    return page.locator("[data-popup]").get_by_role("option")


def ghost(page: Page) -> Locator:
    """The words that would finish the phrase."""
    return page.locator("[data-ghost]")


def marked(page: Page) -> Locator:
    """The underlined words."""
    return page.locator("mark.composer__corrected")


def blocked(page: Page) -> Locator:
    return page.locator("mark.composer__blocked")


def log(page: Page) -> Locator:
    return page.get_by_role("log", name="Transcript")


def said(page: Page, text: str) -> Locator:
    """The message with this text, in the transcript."""
    return page.locator("[data-transcript]").get_by_text(text, exact=True)


def on_their_way(page: Page) -> Locator:
    """Messages that the server does not have yet."""
    return page.locator("[data-pending] .message")


def cards(page: Page) -> Locator:
    return page.locator("[data-card]")


def card(page: Page, name: str) -> Locator:
    return cards(page).filter(has_text=name)


def stored_texts(page: Page) -> Locator:
    """What this agent has said and the desk has stored, as the transcript shows it."""
    return page.locator("[data-rows] .message--agent .message__text")


def sent(page: Page) -> list[str]:
    return stored_texts(page).all_inner_texts()


def ready(page: Page) -> None:
    """The line is up, the first conversation open, and the replies are there."""
    expect(replies(page).first).to_be_visible()
    expect(field(page)).to_be_focused()


def open_with_line(page: Page, line: Line) -> None:
    """Open the desk with this line in the place of its socket, and wait until it is ready."""
    page.route_web_socket(SOCKET, line)
    page.goto("/desk")
    ready(page)


def write(page: Page, text: str) -> None:
    """Key by key."""
    field(page).press_sequentially(text)


def box(target: Locator) -> Box:
    found_ = target.bounding_box()
    assert found_ is not None
    return dict(found_)


def caret(page: Page) -> Sequence[int]:
    place: list[int] = field(page).evaluate("field => [field.selectionStart, field.selectionEnd]")
    return place


def wait_until(page: Page, holds: Callable[[], bool]) -> None:
    """Until something holds that events of the browser bring about; at most 10 s."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        page.evaluate("() => new Promise(done => requestAnimationFrame(done))")


def with_clock(page: Page) -> None:
    """Load the desk anew with a clock that `pause` can stop."""
    page.clock.install()
    page.reload()
    ready(page)


def pause(page: Page) -> None:
    """From here on time passes only by `page.clock.run_for`, until `page.clock.resume`."""
    page.clock.pause_at(datetime.fromtimestamp(page.evaluate("Date.now()") / 1000 + 1, UTC))


class Line:
    """The desk's line, listened to: see `open_with_line`. Some answers may be held back.

    `hold`: the text whose answers wait for `let_pass`; `hold_kind`: the kind of frame that does. `lose_kind`: what the
    desk says of this kind never reaches the server.
    """

    def __init__(self, hold: str | None = None, hold_kind: str = "") -> None:
        self._hold = hold
        self.hold_kind = hold_kind
        self.lose_kind = ""
        self._texts: dict[int, str] = {}
        self._held: list[str] = []
        self.sent: list[dict[str, Any]] = []
        self.heard: list[str] = []  # the kinds of frames that the server sent
        self.answered: list[str] = []

    def __call__(self, route: WebSocketRoute) -> None:
        self._route = route
        server = route.connect_to_server()
        route.on_message(lambda frame: self._out(server, str(frame)))
        server.on_message(lambda frame: self._in(str(frame)))

    def _out(self, server: WebSocketRoute, text: str) -> None:
        frame = json.loads(text)
        self.sent.append(frame)
        if frame["t"] == "type":
            self._texts[frame["n"]] = frame["text"]
        if frame["t"] != self.lose_kind:
            server.send(text)

    def _in(self, text: str) -> None:
        frame = json.loads(text)
        self.heard.append(frame["t"])
        asked = self._texts[frame["n"]] if frame["t"] == "offers" else None
        if frame["t"] == self.hold_kind or (asked is not None and asked == self._hold):
            self._held.append(text)
            return
        self._route.send(text)
        if asked is not None:
            self.answered.append(asked)

    def cut(self) -> None:
        self._route.close(code=1001)

    @property
    def is_holding(self) -> bool:
        return bool(self._held)

    def let_pass(self) -> None:
        """Send what was held back; from now on nothing is."""
        assert self._held
        self._hold, self.hold_kind = None, ""
        for text in self._held:
            self._route.send(text)
        self._held.clear()
