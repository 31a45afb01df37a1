"""Replies above the field and the words that finish a phrase in it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.actors import Actor
from accounts.models import Agent, Company, User
from composer.models import Feature
from composer.suggestions.switches import switch_feature
from conversations.models import Conversation
from conversations.selectors import Scope
from tests.composer.conftest import place
from tests.composer.test_learning import talk, train
from tests.e2e.desk_page import (
    SOCKET,
    Line,
    OpenDesk,
    box,
    caret,
    drawer,
    field,
    ghost,
    log,
    open_with_line,
    ready,
    replies,
    sent,
    wait_until,
    write,
)
from tests.factories import say

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("nora")]

ORDER = "Your order is on its way."


def test_replies_stand_there_before_anything_is_typed_and_move_nothing(open_desk: OpenDesk, maya: User) -> None:
    """The places of everything are the same without replies, with three, with one, and with none that fits."""

    def places(page: Page) -> list[dict[str, float]]:
        return [box(page.locator(name)) for name in ("[data-drawer]", ".composer", "[data-transcript]", "[data-send]")]

    def steps(page: Page) -> None:
        field(page).wait_for(state="visible")
        empty = places(page)
        ready(page)
        expect(replies(page)).to_have_count(3)
        assert places(page) == empty
        write(page, "Your o")
        expect(replies(page)).to_have_count(1)
        expect(replies(page)).to_contain_text(ORDER)
        assert places(page) == empty
        write(page, "qqqq zzz")
        expect(replies(page)).to_have_count(0)
        assert places(page) == empty

    open_desk("/desk", user=maya).do(steps)


def test_inserts_are_filled_in_and_titles_shown(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        write(page, "Good b")
        expect(replies(page)).to_contain_text(["Farewell"])
        expect(replies(page)).to_contain_text(["Good bye, Nora, and thank you for your patience."])

    open_desk("/desk", user=maya).do(steps)


def test_alt_and_a_digit_puts_a_reply_in_and_never_sends(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        for number in range(3):
            text = replies(page).nth(number).locator("[data-text]").inner_text()
            page.keyboard.press(f"Alt+{number + 1}")
            expect(field(page)).to_have_value(text)
            assert caret(page) == [len(text), len(text)]
            page.keyboard.press(f"Alt+{number + 1}")  # twice in a hurry
            page.keyboard.press("Control+z")
            expect(field(page)).to_have_value("")
            expect(replies(page)).to_have_count(3)
        assert sent(page) == []

    open_desk("/desk", user=maya).do(steps)


def test_the_arrow_up_enters_the_replies_and_enter_takes_one_without_sending(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        expect(field(page)).not_to_have_attribute("role", "combobox")
        page.keyboard.press("ArrowUp")
        expect(field(page)).to_have_attribute("role", "combobox")
        expect(field(page)).to_have_attribute("aria-expanded", "true")
        expect(field(page)).to_have_attribute("aria-controls", "replies")
        expect(field(page)).to_have_attribute("aria-activedescendant", "reply-0")
        expect(replies(page).nth(0)).to_have_attribute("aria-selected", "true")
        page.keyboard.press("ArrowUp")
        expect(field(page)).to_have_attribute("aria-activedescendant", "reply-1")
        text = replies(page).nth(1).locator("[data-text]").inner_text()
        page.keyboard.press("Enter")
        expect(field(page)).to_have_value(text)
        expect(field(page)).to_be_focused()
        expect(field(page)).not_to_have_attribute("aria-activedescendant", re.compile(".*"))
        assert sent(page) == []
        # Down from the best one leads back to the field, and so does Escape.
        page.keyboard.press("Control+z")
        expect(replies(page)).to_have_count(3)
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowDown")
        expect(replies(page).locator("nth=0")).to_have_attribute("aria-selected", "false")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Escape")
        expect(drawer(page).locator("[aria-selected=true]")).to_have_count(0)
        expect(replies(page)).to_have_count(3)
        page.keyboard.press("Escape")
        expect(replies(page)).to_have_count(0)
        # Whatever is typed next brings what fits it.
        write(page, "Your")
        expect(replies(page)).to_have_count(1)

    open_desk("/desk", user=maya).do(steps)


def test_the_tab_key_leads_to_the_replies_as_well(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        page.keyboard.press("Shift+Tab")
        expect(drawer(page)).to_be_focused()
        expect(drawer(page)).to_have_attribute("aria-activedescendant", "reply-0")
        page.keyboard.press("ArrowUp")
        expect(replies(page).nth(1)).to_have_attribute("aria-selected", "true")
        text = replies(page).nth(1).locator("[data-text]").inner_text()
        page.keyboard.press("Enter")
        expect(field(page)).to_have_value(text)
        expect(field(page)).to_be_focused()
        page.keyboard.press("Control+z")
        expect(replies(page)).to_have_count(3)
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Escape")
        expect(field(page)).to_be_focused()
        expect(drawer(page).locator("[aria-selected=true]")).to_have_count(0)
        # Nothing in it: no stop.
        write(page, "qqqq zzz")
        expect(replies(page)).to_have_count(0)
        page.keyboard.press("Shift+Tab")
        expect(drawer(page)).not_to_be_focused()
        assert sent(page) == []

    open_desk("/desk", user=maya).do(steps)


def test_a_press_on_a_reply_puts_it_in_and_keeps_the_focus(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        write(page, "Your o")
        expect(replies(page)).to_have_count(1)
        replies(page).click()
        expect(field(page)).to_have_value(ORDER)
        expect(field(page)).to_be_focused()

    open_desk("/desk", user=maya).do(steps)


PHRASE_BEGUN = "I am sorry, I will"


def begin_the_phrase(page: Page) -> str:
    """The gray words; how far they go is the engine's to say."""
    field(page).fill("")
    write(page, PHRASE_BEGUN)
    expect(ghost(page)).to_have_text(re.compile(r"^ look for\b"))
    return ghost(page).text_content() or ""


def all_at_once(page: Page) -> None:
    words = begin_the_phrase(page)
    page.keyboard.press("Tab")
    expect(field(page)).to_have_value(PHRASE_BEGUN + words)
    expect(field(page)).to_be_focused()
    page.keyboard.press("Control+z")
    expect(field(page)).to_have_value(PHRASE_BEGUN)
    words = begin_the_phrase(page)
    page.keyboard.press("ArrowRight")
    expect(field(page)).to_have_value(PHRASE_BEGUN + words)


def word_by_word(page: Page) -> None:
    begin_the_phrase(page)
    page.keyboard.press("Control+ArrowRight")
    expect(field(page)).to_have_value(f"{PHRASE_BEGUN} look")
    expect(ghost(page)).to_have_text(re.compile("^ for"))
    # Typing what it says keeps the rest of it there, at once.
    write(page, " f")
    assert (ghost(page).text_content() or "").startswith("or")
    page.keyboard.press("Alt+ArrowRight")
    expect(field(page)).to_have_value(f"{PHRASE_BEGUN} look for")


def only_where_the_caret_is_at_the_end(page: Page) -> None:
    write(page, " y")
    expect(ghost(page)).not_to_be_empty()
    page.keyboard.press("ArrowLeft")
    expect(ghost(page)).to_be_empty()
    page.keyboard.press("End")
    expect(ghost(page)).not_to_be_empty()


def one_thing_goes_at_each_escape(page: Page) -> None:
    """First the words, then the replies, then nothing."""
    expect(replies(page)).to_have_count(1)
    page.keyboard.press("Escape")
    expect(ghost(page)).to_be_empty()
    expect(replies(page)).to_have_count(1)
    page.keyboard.press("Escape")
    expect(replies(page)).to_have_count(0)
    page.keyboard.press("Escape")
    expect(field(page)).to_be_focused()


def test_a_phrase_is_finished_by_tab_right_or_word_by_word(open_desk: OpenDesk, company: Company, maya: User) -> None:
    talk(company, 30)
    train(company)
    place(
        company, "paul", status="live", agent="maya", customer="Paul Late", lines=[("customer", "My parcel is late", 2)]
    )

    def steps(page: Page) -> None:
        page.locator("[data-card]").filter(has_text="Paul Late").click()
        ready(page)
        all_at_once(page)
        word_by_word(page)
        only_where_the_caret_is_at_the_end(page)
        one_thing_goes_at_each_escape(page)
        # No gray words: Tab leaves the field.
        page.keyboard.press("Tab")
        expect(field(page)).not_to_be_focused()
        assert sent(page) == []

    open_desk("/desk", user=maya).do(steps)


def test_an_answer_to_an_older_text_changes_nothing(open_desk: OpenDesk, maya: User) -> None:
    line = Line(hold="G")

    def steps(page: Page) -> None:
        page.clock.install()
        open_with_line(page, line)
        write(page, "G")
        expect(replies(page)).to_have_count(3)  # those for the empty field, still
        page.clock.run_for(2_000)  # the desk waits no longer for that answer
        page.keyboard.press("Backspace")
        write(page, "Your o")
        expect(replies(page)).to_contain_text([ORDER])
        line.let_pass()
        write(page, "r")
        wait_until(page, lambda: "Your or" in line.answered)
        expect(replies(page)).to_contain_text([ORDER])

    open_desk("/sign-in", user=maya).do(steps)


def test_what_the_customer_says_renews_the_replies(open_desk: OpenDesk, maya: User, nora: Conversation) -> None:
    tab = open_desk("/desk", user=maya)
    tab.do(ready)
    tab.do(
        lambda page: page.evaluate("""() => {
        window.renewed = 0;
        const drawer = document.querySelector("[data-drawer]");
        new MutationObserver(() => (window.renewed += 1)).observe(drawer, {childList: true});
    }""")
    )
    say(nora, "Where is my order?", after=30)

    def steps(page: Page) -> None:
        expect(log(page)).to_contain_text("Where is my order?")
        page.wait_for_function("() => window.renewed > 0")
        expect(replies(page)).to_have_count(3)

    tab.do(steps)


@pytest.mark.parametrize(("feature", "empty", "typed"), [("autocompose", 0, 0), ("suggestions_while_typing", 3, 0)])
def test_a_feature_that_is_off_is_off_here(
    open_desk: OpenDesk, company: Company, maya: User, feature: str, empty: int, typed: int
) -> None:
    agent = Agent.objects.get(user=maya, environment="production")
    switch_feature(
        by=Actor.system(company.pk),
        scope=Scope(company.pk, "production"),
        feature=Feature(feature),
        on=False,
        whose=agent,
    )
    line = Line()

    def steps(page: Page) -> None:
        page.route_web_socket(SOCKET, line)
        page.goto("/desk")
        expect(field(page)).to_be_focused()
        wait_until(page, lambda: "" in line.answered)
        expect(replies(page)).to_have_count(empty)
        write(page, "Your o")
        wait_until(page, lambda: "Your o" in line.answered)
        expect(replies(page)).to_have_count(typed)

    open_desk("/sign-in", user=maya).do(steps)
