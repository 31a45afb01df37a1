"""The chat page in a real browser, on a real desk whose web process and Redis server die in the middle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Tab
from tests.e2e.demo_desk import DemoDesk
from tests.e2e.tunnel import Tunnel
from tests.site.desk_process import DeskProcess

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Open = Callable[..., Tab]
Chat = Callable[..., tuple[Tab, str]]

SIZES = [(1440, 900), (390, 844), (320, 568)]
# A desk and its Redis server are back after some seconds; on a busy machine after more.
BACK_MS = 60_000
MAX_BYTES, MAX_REQUESTS = 60_000, 20


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoDesk]:
    with DeskProcess(tmp_path_factory.mktemp("chat") / "var") as process:
        process.wait_until_ready()
        yield DemoDesk(process)


@pytest.fixture
def tunnel(desk: DemoDesk) -> Iterator[Tunnel]:
    with Tunnel(desk.process.port) as tunnel:
        yield tunnel


@pytest.fixture
def chat(desk: DemoDesk, open_tab: Open) -> Callable[..., tuple[Tab, str]]:
    """Opens a browser and starts a conversation; its tab and the conversation's id."""

    def start(url: str = desk.url, **window: Any) -> tuple[Tab, str]:
        tab = open_tab(f"{url}/chat/larkline", **window)

        def steps(page: Page) -> str:
            page.get_by_label("Billing").check()
            page.get_by_label("Your name").fill("Nora Fitzgerald")
            page.get_by_role("button", name="Start the chat").click()
            expect(page.locator("[data-status=waiting]")).to_be_visible()
            page.evaluate("window.notReloaded = true")
            return str(page.locator("[data-chat]").get_attribute("data-conversation"))

        return tab, tab.do(steps)

    return start


def write(page: Page, *texts: str) -> None:
    field = page.get_by_label("Your message")
    for text in texts:
        field.fill(text)
        field.press("Enter")


def shown(page: Page) -> list[str]:
    """What stands in the transcript, stored or on its way."""
    return page.locator(".message__text").all_inner_texts()


def expect_texts(page: Page, texts: list[str], timeout: float = BACK_MS) -> None:
    expect(page.locator("[data-rows] .message__text")).to_have_text(texts, timeout=timeout)
    expect(page.locator("[data-pending] .message")).to_have_count(0)
    assert page.evaluate("window.notReloaded") is True


def test_a_conversation_from_both_sides(desk: DemoDesk, chat: Chat) -> None:
    tab, conversation = chat()

    def begin(page: Page) -> None:
        write(page, "My bill went up")
        expect(page.locator("[data-rows] .message__sent")).to_have_text("Sent")

    tab.do(begin)
    desk.join(conversation)
    desk.answer(conversation, "Let me look")

    def go_on(page: Page) -> None:
        expect(page.locator("[data-state]")).to_have_text("Robin is with you")
        expect(page.get_by_text("Robin joined the chat")).to_be_visible()
        expect_texts(page, ["My bill went up", "Let me look"])
        field = page.get_by_label("Your message")
        field.fill("Two")
        field.press("Shift+Enter")
        field.type("lines")
        field.press("Enter")
        expect_texts(page, ["My bill went up", "Let me look", "Two\nlines"])

    tab.do(go_on)
    assert desk.said(conversation) == ["My bill went up", "Let me look", "Two\nlines"]


def test_a_killed_server_loses_nothing_and_doubles_nothing(desk: DemoDesk, chat: Chat) -> None:
    tab, conversation = chat()
    tab.do(lambda page: write(page, "One", "Two"))
    tab.do(lambda page: expect_texts(page, ["One", "Two"]))
    desk.kill("asapp_site.web")

    def while_away(page: Page) -> None:
        write(page, "Three", "Four", "Five")
        expect(page.locator("[data-pending] .message")).to_have_count(3)
        page.get_by_label("Your message").fill("not sent yet")

    tab.do(while_away)

    def back(page: Page) -> None:
        expect_texts(page, ["One", "Two", "Three", "Four", "Five"])
        expect(page.get_by_label("Your message")).to_have_value("not sent yet")

    tab.do(back)
    assert desk.said(conversation) == ["One", "Two", "Three", "Four", "Five"]
    tab.forgive_lost_line()


def test_a_line_that_is_cut_while_both_write(desk: DemoDesk, chat: Chat, tunnel: Tunnel) -> None:
    tab, conversation = chat(tunnel.url)
    tab.do(lambda page: write(page, "One"))
    tab.do(lambda page: expect_texts(page, ["One"]))
    desk.join(conversation)
    tunnel.cut()
    desk.answer(conversation, "Are you there?")

    def away(page: Page) -> None:
        write(page, "Two", "Three")
        banner = page.locator("[data-banner]")
        expect(banner).to_be_empty()  # a short gap is nobody's business
        expect(banner).to_contain_text("No connection", timeout=BACK_MS)
        expect(banner).to_have_text("Reconnecting", timeout=BACK_MS)
        expect(page.locator("[data-pending] .message")).to_have_count(2)
        expect(page.get_by_text("Waiting for the connection")).to_have_count(2)

    tab.do(away)
    assert desk.said(conversation) == ["One", "Are you there?"]
    tunnel.mend()

    def back(page: Page) -> None:
        expect(page.locator("[data-banner]")).to_have_text("Connected", timeout=BACK_MS)
        expect_texts(page, ["One", "Are you there?", "Two", "Three"])
        expect(page.locator("[data-banner]")).to_be_empty()

    tab.do(back)
    assert desk.said(conversation) == ["One", "Are you there?", "Two", "Three"]
    tab.forgive_lost_line()


def test_an_answer_that_was_lost_on_the_way_is_asked_for_again(desk: DemoDesk, chat: Chat, tunnel: Tunnel) -> None:
    tab, conversation = chat(tunnel.url)
    texts = [f"Line {number}" for number in range(8)]
    for text in texts:
        tab.do(lambda page, text=text: write(page, text))
        tunnel.cut()  # before the answer, or just after it
        tunnel.mend()
    tab.do(lambda page: expect_texts(page, texts))
    assert desk.said(conversation) == texts
    tab.forgive_lost_line()


def test_redis_may_restart(desk: DemoDesk, chat: Chat) -> None:
    tab, conversation = chat()
    tab.do(lambda page: write(page, "One"))
    tab.do(lambda page: expect_texts(page, ["One"]))
    desk.join(conversation)
    desk.kill("redis")
    tab.do(lambda page: write(page, "Two"))
    desk.answer(conversation, "I saw that")
    tab.do(lambda page: expect(page.get_by_text("I saw that")).to_be_visible(timeout=BACK_MS))

    def both(page: Page) -> None:
        expect(page.locator("[data-rows] .message__text")).to_have_count(3, timeout=BACK_MS)
        assert shown(page) == desk.said(conversation)
        assert page.evaluate("window.notReloaded") is True

    tab.do(both)


def test_a_reload_and_a_second_tab_go_on_with_the_same(desk: DemoDesk, chat: Chat) -> None:
    tab, conversation = chat()

    def steps(page: Page) -> None:
        write(page, "One")
        expect_texts(page, ["One"])
        page.get_by_label("Your message").fill("half a")
        page.reload()
        expect(page.locator("[data-rows] .message__text")).to_have_text(["One"])
        expect(page.get_by_label("Your message")).to_have_value("half a")
        second = page.context.new_page()
        second.goto(page.url)
        write(second, "From the other tab")
        for each in (page, second):
            expect(each.locator("[data-rows] .message__text")).to_have_text(["One", "From the other tab"])
        second.close()

    tab.do(steps)
    assert desk.said(conversation) == ["One", "From the other tab"]


def test_too_many_messages_wait_and_all_go_out_in_order(desk: DemoDesk, chat: Chat) -> None:
    tab, conversation = chat()
    texts = [f"Line {number}" for number in range(25)]
    tab.do(lambda page: write(page, *texts))
    tab.do(lambda page: expect_texts(page, texts))
    assert desk.said(conversation) == texts


def test_the_customer_ends_it_and_begins_another(desk: DemoDesk, chat: Chat) -> None:
    tab, conversation = chat()

    def steps(page: Page) -> str:
        write(page, "Never mind")
        expect_texts(page, ["Never mind"])
        page.get_by_text("End chat", exact=True).first.click()
        page.keyboard.press("Escape")
        expect(page.get_by_text("End this conversation?")).to_be_hidden()
        page.get_by_text("End chat", exact=True).first.click()
        page.get_by_role("button", name="End chat").click()
        expect(page.get_by_role("heading", name="This conversation has ended")).to_be_visible()
        expect(page.locator("[data-rows] .message__text")).to_have_text(["Never mind"])
        page.get_by_label("Mobile").check()
        page.get_by_role("button", name="Start a new conversation").click()
        expect(page.locator("[data-status=waiting]")).to_be_visible()
        expect(page.locator("[data-rows] .message__text")).to_have_count(0)
        return str(page.locator("[data-chat]").get_attribute("data-conversation"))

    second = tab.do(steps)
    assert second != conversation
    states = desk.rows(
        "SELECT status FROM conversations_conversation WHERE id IN (?, ?) ORDER BY id", conversation, second
    )
    assert states == [("ended",), ("waiting",)]


def test_new_messages_do_not_move_who_reads_above(desk: DemoDesk, chat: Chat) -> None:
    tab, conversation = chat(height=500)
    desk.join(conversation)
    for number in range(20):
        desk.answer(conversation, f"Line {number}")

    def up(page: Page) -> None:
        expect(page.get_by_text("Line 19")).to_be_visible()
        page.locator("[data-scroll]").evaluate("log => { log.scrollTop = 0; }")
        expect(page.get_by_text("Line 0", exact=True)).to_be_in_viewport()

    tab.do(up)
    desk.answer(conversation, "The newest")

    def down(page: Page) -> None:
        button = page.get_by_role("button", name="1 new message")
        expect(button).to_be_visible()
        expect(page.get_by_text("Line 0", exact=True)).to_be_in_viewport()
        button.click()
        expect(page.get_by_text("The newest")).to_be_in_viewport()
        expect(button).to_be_hidden()

    tab.do(down)


def test_what_a_customer_writes_is_never_markup(desk: DemoDesk, chat: Chat) -> None:
    tab, conversation = chat()
    text = "<img src=x onerror=alert(1)> {{ 7*7 }} &amp;"
    tab.do(lambda page: write(page, text))
    tab.do(lambda page: expect_texts(page, [text]))
    assert desk.said(conversation) == [text]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_no_grave_violation_and_it_fits(
    desk: DemoDesk,
    open_tab: Open,
    chat: Chat,
    width: int,
    height: int,
    scheme: str,
) -> None:
    window = {"width": width, "height": height, "scheme": scheme}
    found: dict[str, object] = {}

    def check(name: str, tab: Tab) -> None:
        found[name] = (tab.axe(), max(tab.overflow(), 0))

    form = open_tab(f"{desk.url}/chat/larkline", **window)
    check("form", form)
    form.do(lambda page: page.get_by_role("button", name="Start the chat").click())
    form.do(lambda page: expect(page.get_by_text("Choose what it is about.")).to_be_visible())
    check("form with an error", form)
    tab, conversation = chat(**window)
    check("nothing said", tab)
    desk.join(conversation)
    desk.answer(conversation, "Please look at https://example.com/" + "a-very-long-path/" * 12)

    def talk(page: Page) -> None:
        write(page, "Thank you " * 30)
        expect(page.locator("[data-rows] .message")).to_have_count(2)

    tab.do(talk)
    check("conversation", tab)
    tab.do(_refuse_the_next)
    check("a refused message", tab)
    for banner in ("disconnected", "reconnecting", "connected"):
        show = f"document.querySelector('[data-banner]').className = 'banner banner--{banner}'"
        tab.do(
            lambda page, show=show: page.evaluate(f"{show}; document.querySelector('[data-banner]').textContent = 'x'")
        )
        check(banner, tab)
    tab.do(lambda page: page.evaluate("document.querySelector('[data-over]').hidden = false"))
    check("ended", tab)
    assert found == {name: ([], 0) for name in found}


def _refuse_the_next(page: Page) -> None:
    """A message of a conversation that is over stands refused once the line comes back."""
    page.evaluate(
        """() => localStorage.setItem("desk:chat:larkline:out:00000000000000000001:client-id-1", JSON.stringify({
            client_id: "client-id-1", conversation: "0".repeat(26), text: "Too late", sent_at: 1, refused: null}))"""
    )
    page.reload()
    expect(page.get_by_text("Not sent. That conversation had ended.")).to_be_visible()


def test_targets_are_large_enough(chat: Chat) -> None:
    tab, _ = chat(width=390, height=844)
    tab.do(_refuse_the_next)
    small = """() => [...document.querySelectorAll("button, a, input:not([type=hidden]), textarea")]
        .filter((one) => one.checkVisibility())
        .map((one) => [one.outerHTML.slice(0, 60), one.getBoundingClientRect()])
        .filter(([, box]) => box.width < 44 || box.height < 44)
        .map(([name]) => name)"""
    assert tab.do(lambda page: page.evaluate(small)) == []


def test_what_must_not_stay_is_masked_after_a_moment(chat: Chat) -> None:
    tab, _ = chat()

    def steps(page: Page) -> None:
        page.clock.install()
        write(page, "My mail is nora@example.com, my card 4111 1111 1111 1111")
        expect_texts(page, ["My mail is nora@example.com, my card [CARD]"])
        page.clock.fast_forward("00:31")
        expect_texts(page, ["My mail is [EMAIL], my card [CARD]"])

    tab.do(steps)


def test_a_refused_message_may_be_sent_again_or_dropped(desk: DemoDesk, chat: Chat) -> None:
    tab, conversation = chat()

    def again(page: Page) -> None:
        _refuse_the_next(page)
        page.get_by_role("button", name="Send again").click()
        expect(page.locator("[data-rows] .message__text")).to_have_text(["Too late"])
        _refuse_the_next(page)
        page.get_by_role("button", name="Delete").click()
        expect(page.locator("[data-pending] .message")).to_have_count(0)

    tab.do(again)
    assert desk.said(conversation) == ["Too late"]


def test_the_page_is_light(chat: Chat) -> None:
    sizes: list[int] = []
    tab, _ = chat()

    def load(page: Page) -> None:
        devtools = page.context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
        devtools.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
        page.reload()
        expect(page.locator("[data-status=waiting]")).to_be_visible()

    tab.do(load)
    assert sum(sizes) < MAX_BYTES
    assert 5 <= len(sizes) < MAX_REQUESTS
