"""Corrections while typing, and words that may not be sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.actors import Actor
from accounts.models import Agent, Company, User
from composer.models import Feature, PersonalWord
from composer.suggestions.switches import switch_feature
from conversations.models import Message
from conversations.selectors import Scope
from tests.e2e.desk_page import (
    Line,
    OpenDesk,
    blocked,
    caret,
    field,
    log,
    marked,
    on_their_way,
    open_with_line,
    ready,
    sent,
    wait_until,
    write,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("nora")]

Way = Callable[[Page], None]


def click_the_word(page: Page) -> None:
    # Behind the text, for the eye: what is clicked is the field at that place.
    place_ = marked(page).bounding_box()
    assert place_ is not None
    page.mouse.click(place_["x"] + place_["width"] / 2, place_["y"] + place_["height"] / 2)


WAYS: dict[str, Way] = {
    "click": click_the_word,
    "backspace": lambda page: page.keyboard.press("Backspace"),
    "undo": lambda page: page.keyboard.press("Control+z"),
    "button": lambda page: page.get_by_role("button", name="Undo").click(),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_correction_is_underlined_and_once_undone_never_made_again(open_desk: OpenDesk, maya: User, way: Way) -> None:
    line = Line()

    def steps(page: Page) -> None:
        open_with_line(page, line)
        write(page, "How is tihs ")
        expect(field(page)).to_have_value("How is this ")
        expect(marked(page)).to_have_text("this")
        assert caret(page) == [12, 12]
        way(page)
        expect(field(page)).to_have_value("How is tihs ")
        expect(marked(page)).to_have_count(0)
        expect(field(page)).to_be_focused()
        wait_until(page, lambda: "word" in line.heard)
        again(page)
        page.reload()
        expect(field(page)).to_have_value("So tihs ")
        again(page)

    def again(page: Page) -> None:
        field(page).fill("")
        line.answered.clear()
        write(page, "So tihs ")
        wait_until(page, lambda: "So tihs " in line.answered)
        expect(field(page)).to_have_value("So tihs ")

    open_desk("/sign-in", user=maya).do(steps)
    assert list(PersonalWord.objects.values_list("word", flat=True)) == ["tihs"]


def test_an_undone_word_is_left_alone_though_the_server_does_not_know_yet(open_desk: OpenDesk, maya: User) -> None:
    """The line breaks before the server hears of it: it hears of it on the next line."""
    line = Line()

    def steps(page: Page) -> None:
        open_with_line(page, line)
        line.lose_kind = "word"
        write(page, "How is tihs ")
        expect(field(page)).to_have_value("How is this ")
        page.keyboard.press("Control+z")
        expect(field(page)).to_have_value("How is tihs ")
        field(page).fill("")
        write(page, "Tihs ")
        wait_until(page, lambda: "Tihs " in line.answered)
        expect(field(page)).to_have_value("Tihs ")
        line.lose_kind = ""
        line.cut()
        wait_until(page, lambda: [frame["t"] for frame in line.sent].count("word") == 2)
        write(page, "and teh ")
        expect(field(page)).to_have_value("Tihs and the ")
        wait_until(page, lambda: "word" in line.heard)

    open_desk("/sign-in", user=maya).do(steps)
    assert list(PersonalWord.objects.values_list("word", flat=True)) == ["tihs"]


def test_typing_goes_on_while_a_word_is_corrected(open_desk: OpenDesk, maya: User) -> None:
    """The answer comes late: the word changes where it is by then, and the caret stays where it was."""
    line = Line(hold="tihs ")

    def steps(page: Page) -> None:
        open_with_line(page, line)
        write(page, "tihs")
        wait_until(page, lambda: "tihs" in line.answered)
        write(page, " ")
        wait_until(page, lambda: any(frame.get("text") == "tihs " for frame in line.sent))
        write(page, "is it")
        page.keyboard.press("ArrowLeft")
        wait_until(page, lambda: line.is_holding)
        line.let_pass()
        expect(field(page)).to_have_value("this is it")
        assert caret(page) == [9, 9]
        page.keyboard.press("Control+z")
        expect(field(page)).to_have_value("tihs is it")
        page.keyboard.press("Control+z")
        expect(field(page)).not_to_have_value("tihs is it")

    open_desk("/sign-in", user=maya).do(steps)


def test_a_word_is_corrected_however_slow_the_line_is(open_desk: OpenDesk, maya: User) -> None:
    """The answer to "tih" does not come; the space that completes the word is asked about all the same."""

    def steps(page: Page) -> None:
        open_with_line(page, Line(hold="tih"))
        write(page, "tihs is it")
        expect(field(page)).to_have_value("this is it")
        assert caret(page) == [10, 10]

    open_desk("/sign-in", user=maya).do(steps)


def test_without_spelling_nothing_is_corrected(open_desk: OpenDesk, company: Company, maya: User) -> None:
    agent = Agent.objects.get(user=maya, environment="production")
    switch_feature(
        by=Actor.system(company.pk),
        scope=Scope(company.pk, "production"),
        feature=Feature("spellcheck"),
        on=False,
        whose=agent,
    )
    line = Line()

    def steps(page: Page) -> None:
        open_with_line(page, line)
        write(page, "tihs ")
        wait_until(page, lambda: "tihs " in line.answered)
        expect(field(page)).to_have_value("tihs ")

    open_desk("/sign-in", user=maya).do(steps)


def test_blocked_words_are_marked_and_nothing_is_lost(open_desk: OpenDesk, maya: User) -> None:
    text = "Well, what the fuck 😀 is this fucking thing"

    def steps(page: Page) -> None:
        ready(page)
        field(page).fill(text)
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        expect(field(page)).to_have_value(text)
        expect(field(page)).to_be_focused()
        expect(blocked(page)).to_have_text(["fuck", "fucking"])
        assert caret(page) == [15, 19]
        assert sent(page) == []
        expect(on_their_way(page)).to_have_count(0)
        # Enter again does not send it either.
        page.keyboard.press("Enter")
        expect(blocked(page)).to_have_text(["fuck", "fucking"])
        expect(field(page)).to_have_value(text)
        page.keyboard.type("heck")
        expect(field(page)).to_have_value(text.replace("fuck ", "heck ", 1))
        field(page).fill("Well, what is this")
        expect(blocked(page)).to_have_count(0)
        page.keyboard.press("Enter")
        expect(log(page)).to_contain_text("Well, what is this")

    open_desk("/desk", user=maya).do(steps)
    assert list(Message.objects.filter(role="agent").values_list("text", flat=True)) == ["Well, what is this"]


def test_a_refused_message_overwrites_no_other_words(open_desk: OpenDesk, maya: User) -> None:
    """The refusal comes when something else is written already: both texts are there."""
    line = Line(hold_kind="refused")

    def steps(page: Page) -> None:
        open_with_line(page, line)
        field(page).fill("oh shit")
        page.keyboard.press("Enter")
        expect(field(page)).to_have_value("")
        wait_until(page, lambda: line.is_holding)
        field(page).fill("Next words")
        line.let_pass()
        expect(on_their_way(page)).to_contain_text(["oh shit"])
        expect(on_their_way(page)).to_contain_text(["Not sent:"])
        expect(field(page)).to_have_value("Next words")
        page.keyboard.press("Enter")
        expect(log(page)).to_contain_text("Next words")
        page.reload()
        expect(on_their_way(page)).to_contain_text(["oh shit"])
        on_their_way(page).get_by_role("button", name="Delete").click()
        expect(on_their_way(page)).to_have_count(0)

    open_desk("/sign-in", user=maya).do(steps)
