"""The customer's chat page on the test's own server, by the names that people know its parts by."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from accounts.models import Company
from conversations.models import Conversation
from tests.e2e.conftest import Tab

OpenDesk = Callable[..., Tab]
SOCKET = "**/chat/*/socket"
Frame = dict[str, Any]


def start_chat(
    open_desk: OpenDesk, company: Company, prepare: Callable[[Page], object] | None = None, **window: Any
) -> tuple[Tab, Conversation]:
    """A browser that has begun a conversation in the only queue. `prepare` gets the page before that."""
    tab = open_desk("/healthz", **window)
    path = f"/chat/{company.slug}"

    def begin(page: Page) -> str:
        if prepare is not None:
            prepare(page)
        page.goto(path)
        page.get_by_label("Your name").fill("Nora Fitzgerald")
        page.get_by_role("button", name="Start the chat").click()
        connected(page)
        return str(page.locator("[data-chat]").get_attribute("data-conversation"))

    return tab, Conversation.objects.get(pk=tab.do(begin))


def connected(page: Page) -> None:
    expect(page.locator("[data-state]")).not_to_have_text("Connecting")


def field(page: Page) -> Locator:
    return page.get_by_label("Your message")


def log(page: Page) -> Locator:
    return page.get_by_role("log", name="Messages")


def happenings(page: Page) -> Locator:
    """What the customer is told beside messages."""
    return page.locator("[data-rows] .happening")


def stored(page: Page) -> Locator:
    return page.locator("[data-rows] .message__text")


class RewrittenLine:
    """The page's socket, with the server's frames as `rewrite` changes them: `page.route_web_socket(SOCKET, line)`."""

    def __init__(self, rewrite: Callable[[Frame], Mapping[str, Any]]) -> None:
        self._rewrite = rewrite
        self.sent: list[Frame] = []

    def __call__(self, route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        route.on_message(lambda text: self._out(server, str(text)))
        server.on_message(lambda text: route.send(json.dumps(self._rewrite(json.loads(text)))))

    def _out(self, server: WebSocketRoute, text: str) -> None:
        self.sent.append(json.loads(text))
        server.send(text)
