"""The composer does only what is meant: Tab, compositions, slashes in sentences, messages that are too long."""

from __future__ import annotations

import pytest
from playwright.sync_api import CDPSession, Page, expect

from accounts.actors import Actor
from accounts.models import Agent, User
from composer.models import PersonalWord
from conversations.models import Conversation, Message
from responses.services import create_response
from tests.e2e.desk_page import (
    Line,
    OpenDesk,
    box,
    caret,
    drawer,
    field,
    found,
    log,
    open_with_line,
    pause,
    popup,
    ready,
    replies,
    said,
    sent,
    stored_texts,
    wait_until,
    with_clock,
    write,
)
from tests.factories import say

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("nora")]

SEND = "[data-send]"


def test_tab_never_leads_a_typing_agent_to_send(open_desk: OpenDesk, maya: User) -> None:
    """Who presses Tab for gray words that are not there goes on typing, spaces included."""

    def steps(page: Page) -> None:
        ready(page)
        for words in ("zq zq I'm so", " sorry", " about that"):
            page.keyboard.type(words)
            page.keyboard.press("Tab")
        expect(field(page)).to_be_focused()
        expect(field(page)).to_have_value("zq zq I'm so sorry about that")
        expect(page.locator("[data-tab-hint]")).to_be_visible()
        assert sent(page) == []

    open_desk("/desk", user=maya).do(steps)
    assert not Message.objects.filter(role="agent").exists()


def test_the_field_can_be_left_by_keys(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        with_clock(page)
        write(page, "Just a moment")
        pause(page)
        page.keyboard.press("Escape")
        page.keyboard.press("Tab")
        expect(page.locator(SEND)).to_be_focused()
        # A hand that goes on with the text sends nothing.
        page.keyboard.press(" ")
        assert sent(page) == []
        page.keyboard.press("Shift+Tab")
        expect(field(page)).to_be_focused()
        # Who came by Tab leaves by Tab.
        page.keyboard.press("Tab")
        expect(page.locator(SEND)).to_be_focused()
        page.clock.run_for(500)
        page.keyboard.press(" ")
        expect(log(page)).to_contain_text("Just a moment")

    open_desk("/desk", user=maya).do(steps)


def test_nothing_changes_what_is_being_composed(open_desk: OpenDesk, maya: User) -> None:
    """The correction comes while an input method composes the next word, and waits until it is done."""
    line = Line(hold="I will check tihs ")

    def steps(page: Page) -> None:
        open_with_line(page, line)
        input_method = page.context.new_cdp_session(page)

        def compose(text: str) -> None:
            input_method.send(
                "Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)}
            )
            expect(field(page)).to_have_value(f"I will check tihs {text}")

        write(page, "I will check tihs ")
        compose("に")
        wait_until(page, lambda: line.is_holding)
        line.let_pass()
        wait_until(page, lambda: "I will check tihs に" in line.answered)
        compose("にほ")
        compose("日本")
        input_method.send("Input.insertText", {"text": "日本"})
        expect(field(page)).to_have_value("I will check this 日本")
        assert caret(page) == [20, 20]

    open_desk("/sign-in", user=maya).do(steps)


def compose(page: Page, text: str) -> CDPSession:
    """Let an input method write this, and leave it unfinished."""
    input_method = page.context.new_cdp_session(page)
    input_method.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
    expect(field(page)).to_have_value(text)
    return input_method


def test_a_reply_that_is_pressed_waits_for_the_end_of_a_composition(open_desk: OpenDesk, maya: User) -> None:
    line = Line(hold="に")

    def steps(page: Page) -> None:
        open_with_line(page, line)
        reply = replies(page).first.locator(".reply__text").inner_text()
        input_method = compose(page, "に")
        replies(page).first.dispatch_event("click")
        assert field(page).input_value() == "に"
        input_method.send("Input.insertText", {"text": "日本"})
        expect(field(page)).to_have_value(reply)

    open_desk("/sign-in", user=maya).do(steps)


def test_words_of_another_tab_do_not_break_a_composition(open_desk: OpenDesk, maya: User) -> None:
    first = open_desk("/desk", user=maya)
    first.do(ready)
    second = open_desk("/desk", beside=first)
    second.do(ready)

    def begins(page: Page) -> CDPSession:
        page.bring_to_front()
        # After the desk's own listener.
        page.evaluate("addEventListener('storage', (event) => (window.heard = event.newValue))")
        return compose(page, "に")

    input_method = first.do(begins)
    second.do(lambda page: field(page).fill("from the other tab"))

    def ends(page: Page) -> None:
        wait_until(page, lambda: "from the other tab" in (page.evaluate("window.heard") or ""))
        assert field(page).input_value() == "に"
        input_method.send("Input.insertText", {"text": "日本"})
        expect(field(page)).to_have_value("日本")

    first.do(ends)


@pytest.fixture
def answers(maya: User) -> None:
    """Responses that a sentence with a slash could hit."""
    agent = Agent.objects.get(user=maya, environment="production")
    for title, text in (
        ("Restart first", "Have you already restarted the router today?"),
        ("Return shipping", "Returns are free."),
    ):
        create_response(by=Actor.user(maya), agent=agent, title=title, text=text, folder=None)


@pytest.mark.usefixtures("answers")
@pytest.mark.parametrize(
    "sentence",
    [
        "The speed is 5 km /h today",
        "Please go to /settings page",
        "It is 24 /7 support",
        "and/or",
        "Look into /zqzqzq",
    ],
)
@pytest.mark.parametrize("waits", [True, False], ids=["slowly", "in a hurry"])
def test_a_slash_in_a_sentence_is_sent(open_desk: OpenDesk, maya: User, sentence: str, waits: bool) -> None:
    line = Line()

    def steps(page: Page) -> None:
        open_with_line(page, line)
        write(page, sentence)
        if waits and " /" in sentence:
            last = max(frame["n"] for frame in line.sent if frame["t"] == "search")
            page.wait_for_function(
                "() => !document.querySelector('.popup').textContent.includes('Searching') ||"
                " document.querySelector('.popup').hidden"
            )
            assert last
        page.keyboard.press("Enter")
        expect(said(page, sentence)).to_be_visible()
        expect(stored_texts(page)).to_have_text([sentence])

    open_desk("/sign-in", user=maya).do(steps)


@pytest.mark.usefixtures("answers")
def test_a_search_of_several_words_still_finds(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        write(page, "/re sh")
        expect(found(page).first).to_contain_text("Return shipping")
        page.keyboard.press("Enter")
        expect(field(page)).to_have_value("Returns are free.")
        assert sent(page) == []

    open_desk("/desk", user=maya).do(steps)


def test_a_pasted_slash_begins_no_search(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        page.evaluate("navigator.clipboard.writeText('See /your')")
        page.keyboard.press("Control+v")
        expect(field(page)).to_have_value("See /your")
        expect(popup(page)).to_be_hidden()
        write(page, " a")
        expect(popup(page)).to_be_hidden()
        page.keyboard.press("Enter")
        expect(log(page)).to_contain_text("See /your a")

    open_desk("/desk", user=maya, permissions=["clipboard-read", "clipboard-write"]).do(steps)


def test_what_cannot_be_seen_is_not_sent_and_empty_lines_at_the_end_are_not(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        field(page).fill("\u200b\u2060 \u3164\n")
        expect(page.locator(SEND)).to_be_disabled()
        page.keyboard.press("Enter")
        expect(field(page)).to_have_value("\u200b\u2060 \u3164\n")
        field(page).fill("One moment, please.   \n\n\n")
        page.keyboard.press("Enter")
        expect(log(page)).to_contain_text("One moment, please.")

    open_desk("/desk", user=maya).do(steps)
    assert list(Message.objects.filter(role="agent").values_list("text", flat=True)) == ["One moment, please."]


def test_a_message_that_is_too_long_says_so_and_is_kept(open_desk: OpenDesk, maya: User) -> None:
    text = "word " * 4_010

    def steps(page: Page) -> None:
        ready(page)
        field(page).fill(text[:19_500])
        length = page.locator("[data-length]")
        expect(length).to_have_text("19,500 of 20,000 characters.")
        expect(page.locator(SEND)).to_be_enabled()
        field(page).fill(text)
        expect(length).to_contain_text("20,050 of 20,000 characters: 50 too many.")
        expect(page.locator(SEND)).to_be_disabled()
        page.keyboard.press("Enter")
        expect(field(page)).to_have_value(text)
        page.reload()
        expect(field(page)).to_have_value(text)
        expect(length).to_contain_text("50 too many.")
        field(page).fill(text[:19_990])
        page.get_by_role("tab", name="Responses").click()
        page.get_by_role("button", name="Global").click()
        page.get_by_role("link", name="Closings").click()
        page.get_by_role("button", name="Insert Farewell").click()
        expect(length).to_contain_text("Not inserted: the message would have 20,0")
        expect(field(page)).to_have_value(text[:19_990])
        assert sent(page) == []

    open_desk("/desk", user=maya).do(steps)
    assert not Message.objects.filter(role="agent").exists()


def test_the_best_reply_is_next_to_the_field_however_many_there_are(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        expect(replies(page)).to_have_count(3)
        tops = [box(replies(page).nth(number))["y"] for number in range(3)]
        assert tops == sorted(tops, reverse=True)
        write(page, "Your o")
        expect(replies(page)).to_have_count(1)
        assert box(replies(page).first)["y"] == tops[0]

    open_desk("/desk", user=maya).do(steps)


def test_rows_under_the_pointer_are_not_replaced(open_desk: OpenDesk, maya: User, nora: Conversation) -> None:
    line = Line()
    tab = open_desk("/sign-in", user=maya)

    def hover(page: Page) -> list[str]:
        open_with_line(page, line)
        expect(replies(page)).to_have_count(3)
        replies(page).first.hover()
        page.evaluate("""() => {
            window.renewed = 0;
            new MutationObserver(() => (window.renewed += 1))
                .observe(document.querySelector("[data-drawer]"), {childList: true});
        }""")
        line.answered.clear()
        return replies(page).all_inner_texts()

    shown = tab.do(hover)
    say(nora, "Where is my order?", after=30)

    def steps(page: Page) -> None:
        expect(log(page)).to_contain_text("Where is my order?")
        wait_until(page, lambda: "" in line.answered)
        assert replies(page).all_inner_texts() == shown
        assert page.evaluate("window.renewed") == 0
        page.mouse.move(5, 5)
        page.wait_for_function("() => window.renewed > 0")
        # The pointer is there again, and typing brings what fits.
        drawer(page).hover()
        write(page, "Your o")
        expect(replies(page)).to_contain_text(["Your order is on its way."])

    tab.do(steps)


def test_a_word_that_is_not_corrected_again_is_said_and_can_be_undone(open_desk: OpenDesk, maya: User) -> None:
    line = Line()

    def steps(page: Page) -> None:
        open_with_line(page, line)
        write(page, "How is tihs ")
        expect(field(page)).to_have_value("How is this ")
        page.keyboard.press("Backspace")
        expect(field(page)).to_have_value("How is tihs ")
        said_ = page.locator("[data-corrected]")
        expect(said_).to_contain_text("“tihs” will not be corrected again.")
        said_.get_by_role("button", name="Undo").click()
        expect(said_).to_be_hidden()
        expect(field(page)).to_be_focused()
        write(page, "or tihs ")
        expect(field(page)).to_have_value("How is tihs or this ")
        wait_until(page, lambda: line.heard.count("word") == 2)

    open_desk("/sign-in", user=maya).do(steps)
    assert not PersonalWord.objects.exists()


def test_going_back_through_what_was_written_teaches_nothing(open_desk: OpenDesk, maya: User) -> None:
    line = Line()

    def steps(page: Page) -> None:
        open_with_line(page, line)
        write(page, "How is tihs ")
        expect(field(page)).to_have_value("How is this ")
        write(page, "one here")
        for _ in range(12):
            page.keyboard.press("Control+z")
        expect(field(page)).to_have_value("")
        assert not [frame for frame in line.sent if frame["t"] == "word"]
        write(page, "So tihs ")
        expect(field(page)).to_have_value("So this ")

    open_desk("/sign-in", user=maya).do(steps)
    assert not PersonalWord.objects.exists()
