"""One history for all that changes the text, quicksearch at the cursor, and the keys that send."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from accounts.actors import Actor
from accounts.models import Agent, User
from responses.services import create_response
from tests.e2e.desk_page import (
    Line,
    OpenDesk,
    caret,
    field,
    found,
    log,
    on_their_way,
    open_with_line,
    popup,
    ready,
    replies,
    sent,
    stored_texts,
    wait_until,
    write,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("nora")]

ORDER = "Your order is on its way."
FAREWELL = "Good bye, Nora, and thank you for your patience."


def undo(page: Page, text: str) -> None:
    page.keyboard.press("Control+z")
    now(page, text)


def redo(page: Page, text: str, keys: str = "Control+Shift+z") -> None:
    page.keyboard.press(keys)
    now(page, text)


def a_response_by_quicksearch_at_the_cursor(page: Page) -> str:
    write(page, "Hi ")
    write(page, "/order")
    expect(found(page)).to_have_count(1)
    page.keyboard.press("Enter")
    return now(page, f"Hi {ORDER}")


def a_correction(page: Page, before: str) -> str:
    write(page, " How is tihs ")
    return now(page, f"{before} How is this ")


def a_paste(page: Page, before: str) -> str:
    page.evaluate("navigator.clipboard.writeText('pasted words')")
    page.keyboard.press("Control+v")
    return now(page, f"{before}pasted words")


def a_response_from_the_panel(page: Page, before: str) -> str:
    page.get_by_role("tab", name="Responses").click()
    page.get_by_role("button", name="Global").click()
    page.get_by_role("link", name="Closings").click()
    page.get_by_role("button", name="Insert Farewell").click()
    inserted = now(page, f"{before}{FAREWELL}")
    expect(field(page)).to_be_focused()
    return inserted


def a_reply_in_the_place_of_all_of_it(page: Page) -> str:
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    expect(replies(page)).to_have_count(3)
    reply = replies(page).first.locator("[data-text]").inner_text()
    page.keyboard.press("Alt+1")
    return now(page, reply)


def now(page: Page, text: str) -> str:
    """What stands in the composer now."""
    expect(field(page)).to_have_value(text)
    return text


def test_each_change_is_one_step_back_and_forth(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        searched = a_response_by_quicksearch_at_the_cursor(page)
        spelled = a_correction(page, searched)
        pasted = a_paste(page, spelled)
        inserted = a_response_from_the_panel(page, pasted)
        reply = a_reply_in_the_place_of_all_of_it(page)
        for text in ("", inserted, pasted, spelled, f"{searched} How is tihs "):
            undo(page, text)
        redo(page, spelled)
        redo(page, pasted)
        redo(page, inserted, "Control+y")
        redo(page, "")
        redo(page, reply)
        page.keyboard.press("Control+y")
        now(page, reply)
        for _ in range(40):
            page.keyboard.press("Control+z")
        now(page, "")
        assert sent(page) == []

    tab = open_desk("/desk", user=maya, permissions=["clipboard-read", "clipboard-write"])
    tab.do(steps)


def test_what_the_browser_itself_would_undo_is_the_same_history(open_desk: OpenDesk, maya: User) -> None:
    """The Edit menu, and a phone's shake, come as an input event."""

    def steps(page: Page) -> None:
        ready(page)
        write(page, "one")
        field(page).evaluate("""field => field.dispatchEvent(
            new InputEvent("beforeinput", {inputType: "historyUndo", cancelable: true, bubbles: true}))""")
        expect(field(page)).to_have_value("")
        field(page).evaluate("""field => field.dispatchEvent(
            new InputEvent("beforeinput", {inputType: "historyRedo", cancelable: true, bubbles: true}))""")
        expect(field(page)).to_have_value("one")

    open_desk("/desk", user=maya).do(steps)


def test_quicksearch_inserts_at_the_cursor_and_keeps_the_rest(open_desk: OpenDesk, maya: User) -> None:
    agent = Agent.objects.get(user=maya, environment="production")
    create_response(by=Actor.user(maya), agent=agent, title="Refund rules", text="Refunds take 5 days.", folder=None)

    def steps(page: Page) -> None:
        ready(page)
        write(page, "Before  after")
        for _ in "_after":
            page.keyboard.press("ArrowLeft")
        expect(popup(page)).to_be_hidden()
        write(page, "/")
        expect(popup(page)).to_be_visible()
        expect(field(page)).to_have_attribute("role", "combobox")
        expect(field(page)).to_have_attribute("aria-controls", "found-responses")
        write(page, "refnud")  # with a slip
        expect(found(page)).to_contain_text(["Refund rules"])
        expect(found(page).first).to_have_attribute("aria-selected", "true")
        expect(found(page).first).to_contain_text("Mine")
        page.keyboard.press("Tab")
        expect(field(page)).to_have_value("Before Refunds take 5 days. after")
        assert caret(page) == [len("Before Refunds take 5 days.")] * 2
        expect(popup(page)).to_be_hidden()
        expect(field(page)).not_to_have_attribute("role", "combobox")
        undo(page, "Before /refnud after")

    open_desk("/desk", user=maya).do(steps)


def test_quicksearch_by_arrows_closed_by_escape_and_empty_handed(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        write(page, "/you")
        expect(found(page).nth(1)).to_be_visible()
        expect(field(page)).to_have_attribute("aria-activedescendant", "found-0")
        page.keyboard.press("ArrowDown")
        expect(field(page)).to_have_attribute("aria-activedescendant", "found-1")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowUp")
        expect(field(page)).not_to_have_attribute("aria-activedescendant", "found-0")
        page.keyboard.press("Escape")
        expect(popup(page)).to_be_hidden()
        expect(field(page)).to_have_value("/you")
        # Closed is closed, for this slash.
        write(page, "r")
        expect(popup(page)).to_be_hidden()
        write(page, " /")
        expect(popup(page)).to_be_visible()
        # A slash inside of a word, or a date, asks for nothing.
        field(page).fill("24/7 or and/or 1/")
        expect(popup(page)).to_be_hidden()
        # By folder, and by a press.
        field(page).fill("/closings")
        expect(found(page)).to_contain_text(["Farewell"])
        found(page).first.click()
        expect(field(page)).to_have_value(FAREWELL)
        expect(field(page)).to_be_focused()

    open_desk("/desk", user=maya).do(steps)


def test_enter_in_a_hurry_waits_for_what_the_search_finds(open_desk: OpenDesk, maya: User) -> None:
    """With a hit it is inserted and nothing sent; with none the words are a message."""
    line = Line(hold_kind="found")

    def steps(page: Page) -> None:
        open_with_line(page, line)
        write(page, "/qqqqqqqq")
        page.keyboard.press("Enter")
        expect(popup(page)).to_contain_text("Searching")
        wait_until(page, lambda: line.is_holding)
        expect(field(page)).to_have_value("/qqqqqqqq")
        line.let_pass()
        expect(log(page)).to_contain_text("/qqqqqqqq")
        line.hold_kind = "found"
        field(page).fill("Hi /order")
        page.keyboard.press("Enter")
        wait_until(page, lambda: line.is_holding)
        line.let_pass()
        expect(field(page)).to_have_value(f"Hi {ORDER}")
        expect(stored_texts(page)).to_have_text(["/qqqqqqqq"])
        field(page).fill("/etc")
        page.keyboard.press("Escape")
        page.keyboard.press("Enter")
        expect(log(page)).to_contain_text("/etc")

    open_desk("/sign-in", user=maya).do(steps)


def test_the_row_that_an_arrow_has_reached_stays_chosen(open_desk: OpenDesk, maya: User) -> None:
    """The answer to the last letter comes after the arrow, and before Enter."""
    line = Line()

    def steps(page: Page) -> None:
        open_with_line(page, line)
        write(page, "/yo")
        expect(found(page).nth(1)).to_be_visible()
        line.hold_kind = "found"
        write(page, "u")
        wait_until(page, lambda: line.is_holding)
        page.keyboard.press("ArrowDown")
        chosen = found(page).nth(1).locator("[data-text]").inner_text()
        line.let_pass()
        expect(popup(page).locator("[aria-selected=true]")).to_contain_text(chosen)
        page.keyboard.press("Enter")
        expect(field(page)).to_have_value(chosen)

    open_desk("/sign-in", user=maya).do(steps)


def test_enter_that_ends_a_composition_sends_nothing(open_desk: OpenDesk, maya: User) -> None:
    keydown = """(field, composing) => field.dispatchEvent(new KeyboardEvent("keydown",
        {key: "Enter", code: "Enter", isComposing: composing, bubbles: true, cancelable: true}))"""

    def steps(page: Page) -> None:
        ready(page)
        field(page).fill("漢字")
        field(page).evaluate("field => field.dispatchEvent(new CompositionEvent('compositionstart', {bubbles: true}))")
        assert field(page).evaluate(keydown, True), "the input method keeps its key"
        expect(field(page)).to_have_value("漢字")
        field(page).evaluate("field => field.dispatchEvent(new CompositionEvent('compositionend', {bubbles: true}))")
        assert not field(page).evaluate(keydown, False)
        expect(field(page)).to_have_value("")
        expect(log(page)).to_contain_text("漢字")
        expect(stored_texts(page)).to_have_text(["漢字"])

    open_desk("/desk", user=maya).do(steps)


def test_an_unfinished_composition_is_neither_asked_about_nor_changed(open_desk: OpenDesk, maya: User) -> None:
    """The browser composes real text here, as an input method does."""

    def steps(page: Page) -> None:
        ready(page)
        line = page.context.new_cdp_session(page)
        write(page, "a ")
        line.send("Input.imeSetComposition", {"text": "ni", "selectionStart": 2, "selectionEnd": 2})
        expect(field(page)).to_have_value("a ni")
        line.send("Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5})
        expect(field(page)).to_have_value("a nihao")
        line.send("Input.insertText", {"text": "你好"})
        expect(field(page)).to_have_value("a 你好")
        assert sent(page) == []
        page.keyboard.press("Enter")
        expect(log(page)).to_contain_text("a 你好")

    open_desk("/desk", user=maya).do(steps)


def test_enter_or_control_enter_sends_by_preference(open_desk: OpenDesk, maya: User) -> None:
    def prefer(page: Page, name: str) -> None:
        page.keyboard.press("Control+k")
        page.keyboard.type(name)
        expect(page.get_by_role("dialog").get_by_role("option")).to_contain_text([name])
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_have_count(0)
        field(page).focus()

    def steps(page: Page) -> None:
        ready(page)
        write(page, "one")
        page.keyboard.press("Shift+Enter")
        write(page, "two")
        expect(field(page)).to_have_value("one\ntwo")
        page.keyboard.press("Enter")
        expect(log(page)).to_contain_text("one")
        expect(stored_texts(page)).to_have_text(["one\ntwo"])
        prefer(page, "Send with Ctrl")
        write(page, "three")
        page.keyboard.press("Enter")
        expect(field(page)).to_have_value("three\n")
        page.reload()
        expect(field(page)).to_have_value("three\n")
        page.keyboard.press("Control+Enter")
        expect(log(page)).to_contain_text("three")
        expect(page.get_by_role("button", name="Send")).to_contain_text("Ctrl Enter")
        prefer(page, "Send with Enter")
        write(page, "four")
        page.keyboard.press("Enter")
        expect(log(page)).to_contain_text("four")
        expect(on_their_way(page)).to_have_count(0)

    open_desk("/desk", user=maya).do(steps)
