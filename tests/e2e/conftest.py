"""A real browser on the live server.

Playwright's sync API runs an event loop in its thread, and Django refuses database calls in a thread that does.
So the browser has a thread of its own: tests make rows in theirs and hand steps over with `Tab.do`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect, sync_playwright
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from accounts.models import Company, User
from conversations.models import Conversation
from responses.services import ListRow
from tests.composer.conftest import hire, place
from tests.e2e.desk_server import PLAIN_HOST, DeskServer, Forge
from tests.factories import make_company, make_list

T = TypeVar("T")

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules=MAP {PLAIN_HOST} 127.0.0.1",
]
# What is expected comes within moments, on a machine that is busy with other work within seconds.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS / 2)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Tab:
    """One page in one fresh browser profile. What its console complains about fails the test at the end.

    To be made in the browser's thread: hanging up the listeners talks to the browser.
    """

    def __init__(self, thread: ThreadPoolExecutor, context: BrowserContext, page: Page) -> None:
        self._thread = thread
        self.context = context
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(error.stack or str(error)))

    def _note(self, message: ConsoleMessage) -> None:
        # The browser reports each answer from 400 on as an error; tests look at those themselves.
        if message.type in {"error", "warning"} and not message.text.startswith("Failed to load resource"):
            self.complaints.append(message.text)

    def forgive_lost_line(self) -> None:
        """The browser complains of each try to connect, and htmx of what was asked for, while the test cut the line."""
        lost = "WebSocket connection to", "htmx:"
        self.complaints = [text for text in self.complaints if not text.startswith(lost)]

    def do(self, step: Callable[[Page], T]) -> T:
        """Run one step in the browser's thread."""
        return self._thread.submit(step, self.page).result()

    def axe(self) -> list[str]:
        """What axe finds on the page as it stands, the two gravest classes only."""
        return self.do(_axe)

    def overflow(self) -> int:
        """By how many CSS pixels the page is wider than the window."""
        return self.do(lambda page: page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def _axe(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    # Preloading would put copies of the stylesheets into the page, which its content security policy forbids.
    found = page.evaluate("rules => axe.run(document, {runOnly: rules, preload: false})", RULES)
    return [
        f"{item['id']}: {item['help']}: {node['html'][:120]}"
        for item in found["violations"]
        if item["impact"] in {"serious", "critical"}
        for node in item["nodes"]
    ]


@pytest.fixture(scope="session")
def browser_thread() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="browser") as thread:
        yield thread


@pytest.fixture(scope="session")
def browser(browser_thread: ThreadPoolExecutor, browser_path: str) -> Iterator[Browser]:
    def start() -> tuple[Playwright, Browser]:
        playwright = sync_playwright().start()
        return playwright, playwright.chromium.launch(executable_path=browser_path, args=FLAGS)

    def stop() -> None:
        started.close()
        playwright.stop()

    playwright, started = browser_thread.submit(start).result()
    yield started
    browser_thread.submit(stop).result()


@pytest.fixture
def open_tab(
    live_server: LiveServer, browser_thread: ThreadPoolExecutor, browser: Browser
) -> Iterator[Callable[..., Tab]]:
    """Opens a page: `open_tab("/", user=maya, width=390, scheme="dark")`. Without a user nobody is signed in."""
    with tabs_on(live_server.url, browser_thread, browser) as open_:
        yield open_


@contextmanager
def tabs_on(url: str, browser_thread: ThreadPoolExecutor, browser: Browser) -> Iterator[Callable[..., Tab]]:
    """What opens tabs at this address. All are closed at the end, and none may have complained."""
    tabs: list[Tab] = []

    def open_(
        path: str,
        *,
        user: User | None = None,
        beside: Tab | None = None,
        width: int = 1440,
        height: int = 900,
        scheme: str = "light",
        **options: Any,
    ) -> Tab:
        """`beside`: in the browser profile of this tab, and not in a fresh one."""

        def start() -> Tab:
            context = beside.context if beside else fresh()
            return Tab(browser_thread, context, context.new_page())

        def fresh() -> BrowserContext:
            context = browser.new_context(
                base_url=url, viewport={"width": width, "height": height}, color_scheme=scheme, **options
            )
            context.set_default_timeout(PATIENCE_MS)
            context.add_cookies(cookies)
            return context

        cookies = session_cookies(user, url) if user else []
        tab = browser_thread.submit(start).result()
        tabs.append(tab)
        tab.do(lambda page: page.goto(path))
        return tab

    yield open_
    for tab in tabs:
        tab.do(lambda page: page.context.close())
    complaints = [text for tab in tabs for text in tab.complaints]
    assert complaints == []


def session_cookies(user: User, url: str) -> list[Any]:
    """A new session of this person."""
    client = Client()
    client.force_login(user)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    return [{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": url}]


# --- the desk with its sockets ------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def desk_forge(
    django_db_setup: None,  # noqa: ARG001 the server looks for its database
    redis_server: None,  # noqa: ARG001
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Forge]:
    with django_db_blocker.unblock():
        forge = Forge(tmp_path_factory.mktemp("desk-server") / "errors.log")
    yield forge
    forge.close()


@pytest.fixture
def desk_server(transactional_db: None, empty_redis: None, desk_forge: Forge) -> Iterator[DeskServer]:  # noqa: ARG001
    """The desk's own web process on the test's database; killed before the rows go. It may log nothing."""
    server = DeskServer(desk_forge)
    yield server
    server.stop()
    assert server.take_log() == ""


@pytest.fixture
def open_desk(
    desk_server: DeskServer, browser_thread: ThreadPoolExecutor, browser: Browser
) -> Iterator[Callable[..., Tab]]:
    """As `open_tab`, on `desk_server`. The tabs close before the server does."""
    with tabs_on(desk_server.url, browser_thread, browser) as open_:
        yield open_


# --- who is there ---------------------------------------------------------------------------------------------


@pytest.fixture
def company(transactional_db: None) -> Company:  # noqa: ARG001 rows need the database
    """A company with a small global list."""
    company = make_company()
    make_list(
        company,
        ListRow("Hello, how can I help you today?", title="Greeting", folder=("Openings",)),
        ListRow("Good bye, {NAME}, and thank you for your patience.", title="Farewell", folder=("Closings",)),
        "How can I change that for you?",
        "Your order is on its way.",
    )
    return company


@pytest.fixture
def maya(company: Company) -> User:
    return hire(company, "maya", queues=["billing"], full_name="Maya Byrne")


@pytest.fixture
def nora(company: Company, maya: User) -> Conversation:
    """The conversation that maya has with Nora Fitzgerald."""
    return place(company, "nora", status="live", agent=maya.username)
