"""Both sides write while the line is cut, the web process or Redis dies: nothing lost, nothing double."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Tab
from tests.e2e.demo_desk import DemoDesk
from tests.e2e.desk_page import card, field
from tests.e2e.tunnel import Tunnel
from tests.site.desk_process import DeskProcess

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Open = Callable[..., Tab]

# A desk and its Redis server are back after some seconds; on a busy machine after more.
BACK_MS = 60_000
CUSTOMER = "Nora Quick"
PASSWORD = "a long enough password"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoDesk]:
    """With an agent who has a queue to herself, so that a customer comes to her at once."""
    with DeskProcess(tmp_path_factory.mktemp("faults") / "var") as process:
        process.wait_until_ready()
        process.manage(
            *("create_user", "--company", "larkline", "--role", "agent", "--queue", "quick"),
            *("--username", "ana", "--full-name", "Ana Sousa", "--password", PASSWORD),
        )
        # A customer who goes leaves nothing to do for the agent, and the next test begins with an empty desk.
        process.manage("set_desk_rules", "larkline", "--wrap-up", "not-asked")
        yield DemoDesk(process)


@pytest.fixture
def tunnel(desk: DemoDesk) -> Iterator[Tunnel]:
    with Tunnel(desk.process.port) as tunnel:
        yield tunnel


class Pair:
    """An agent's desk and a customer's chat page, each through a line that can be cut."""

    def __init__(self, desk: DemoDesk, tunnel: Tunnel, open_tab: Open) -> None:
        self.desk = desk
        self.agent = open_tab(f"{tunnel.url}/sign-in")
        self.agent.do(self._sign_in)
        self.customer = open_tab(f"{tunnel.url}/chat/larkline")
        self.conversation = self.customer.do(self._start)
        self.agent.do(self._choose)

    def _sign_in(self, page: Page) -> None:
        page.get_by_label("User name").fill("ana")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name="Desk", exact=True).click()
        expect(page.get_by_text("No conversations")).to_be_visible(timeout=BACK_MS)
        page.evaluate("window.notReloaded = true")

    def _start(self, page: Page) -> str:
        page.get_by_label("quick").check()
        page.get_by_label("Your name").fill(CUSTOMER)
        page.get_by_role("button", name="Start the chat").click()
        expect(page.locator("[data-state]")).to_have_text("Ana is with you", timeout=BACK_MS)
        page.evaluate("window.notReloaded = true")
        return str(page.locator("[data-chat]").get_attribute("data-conversation"))

    def _choose(self, page: Page) -> None:
        card(page, CUSTOMER).click(timeout=BACK_MS)
        expect(page.locator("[data-customer]")).to_have_text(CUSTOMER)

    def customer_writes(self, *texts: str) -> None:
        def steps(page: Page) -> None:
            for text in texts:
                page.get_by_label("Your message").fill(text)
                page.get_by_label("Your message").press("Enter")

        self.customer.do(steps)

    def agent_writes(self, *texts: str) -> None:
        def steps(page: Page) -> None:
            for text in texts:
                field(page).fill(text)
                field(page).press("Enter")

        self.agent.do(steps)

    def agrees(self, texts: set[str]) -> None:
        """Both show exactly what the database holds, in its order, and neither was loaded again."""

        def shows(page: Page) -> list[str]:
            said = page.locator("[data-rows] .message:not(.message--system) .message__text")
            expect(said).to_have_count(len(texts), timeout=BACK_MS)
            expect(page.locator("[data-pending] .message")).to_have_count(0, timeout=BACK_MS)
            assert page.evaluate("window.notReloaded") is True
            return said.all_inner_texts()

        seen = [self.agent.do(shows), self.customer.do(shows)]
        stored = self.desk.said(self.conversation)
        assert seen == [stored, stored]
        assert sorted(stored) == sorted(texts)


@pytest.fixture
def pair(desk: DemoDesk, tunnel: Tunnel, open_tab: Open) -> Iterator[Pair]:
    pair = Pair(desk, tunnel, open_tab)
    yield pair
    pair.customer.do(leave)
    for tab in (pair.agent, pair.customer):
        tab.forgive_lost_line()


def leave(page: Page) -> None:
    """The customer goes; the slot is free again."""
    page.get_by_text("End chat").first.click()
    page.get_by_role("button", name="End chat").click()
    expect(page.get_by_text("This conversation has ended")).to_be_visible(timeout=BACK_MS)


def begin(pair: Pair) -> None:
    pair.customer_writes("One")
    pair.agent_writes("Two")
    pair.agrees({"One", "Two"})


def test_the_line_is_cut_while_both_write(pair: Pair, tunnel: Tunnel) -> None:
    begin(pair)
    tunnel.cut()
    pair.agent_writes("Three", "Four")
    pair.customer_writes("Five", "Six")
    pair.agent.do(lambda page: field(page).fill("half a thought"))
    pair.agent.do(lambda page: expect(page.get_by_text("Not sent yet").first).to_be_visible(timeout=BACK_MS))
    banner: Any = pair.agent.do(lambda page: page.locator("[data-banner]"))
    pair.agent.do(lambda _: expect(banner).to_contain_text("Disconnected", timeout=BACK_MS))
    pair.agent.do(lambda _: expect(banner).to_contain_text("Reconnecting", timeout=BACK_MS))
    tunnel.mend()
    pair.agent.do(lambda _: expect(banner).to_contain_text("Connected", timeout=BACK_MS))
    pair.agrees({"One", "Two", "Three", "Four", "Five", "Six"})
    pair.agent.do(lambda page: expect(field(page)).to_have_value("half a thought"))
    pair.agent.do(lambda _: expect(banner).to_be_hidden())


@pytest.mark.parametrize("killed", ["daphne", "redis"])
def test_a_process_dies_while_both_write(pair: Pair, killed: str) -> None:
    begin(pair)
    pair.agent_writes("Three")
    pair.desk.kill("asapp_site.web" if killed == "daphne" else "redis")
    pair.agent_writes("Four", "Five")
    pair.customer_writes("Six", "Seven")
    pair.agrees({"One", "Two", "Three", "Four", "Five", "Six", "Seven"})
    pair.customer_writes("Eight")
    pair.agent_writes("Nine")
    pair.agrees({"One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"})
