"""What the desk reports about the making of a message (contract README section 2), as it stands on the line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Company, User
from tests.composer.conftest import place
from tests.composer.test_learning import talk, train
from tests.e2e.desk_page import SOCKET, Line, OpenDesk, blocked, card, field, ghost, ready, replies, wait_until, write

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("nora")]

ORDER = "Your order is on its way."
OPENER = "I am sorry, I will"


def reports(
    open_desk: OpenDesk, user: User, steps: Callable[[Page], None], opens: Callable[[Page], None] = ready
) -> list[dict[str, Any]]:
    """The `usage` of each message that the steps send, in order."""
    line = Line()

    def all_steps(page: Page) -> None:
        page.route_web_socket(SOCKET, line)
        page.goto("/desk")
        opens(page)
        steps(page)

    open_desk("/sign-in", user=user).do(all_steps)
    return [frame["usage"] for frame in line.sent if frame["t"] == "send"]


def send(page: Page) -> None:
    count = page.locator("[data-rows] .message--agent").count()
    page.keyboard.press("Enter")
    expect(page.locator("[data-rows] .message--agent")).to_have_count(count + 1)
    expect(replies(page).first).to_be_visible()


def test_freehand(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        write(page, "zzz qqq")
        send(page)

    [usage] = reports(open_desk, maya, steps)
    assert usage["augmentations"] == ["FREEHAND"]
    assert usage["events"] == []
    figures = usage["figures"]
    assert figures["num_edits"] == 0
    assert "selected_suggestions_id" not in figures
    assert figures["initial_suggestions_id"] in usage["shown"]
    assert figures["time_to_action"] > 0


def test_edits_count_from_the_last_reply_that_took_the_place_of_all(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        write(page, "Your o")
        expect(replies(page)).to_have_count(1)
        page.keyboard.press("Alt+1")
        expect(field(page)).to_have_value(ORDER)
        page.keyboard.press("Backspace")
        page.keyboard.insert_text("\N{SLIGHTLY SMILING FACE}")  # two units of UTF-16, one character
        send(page)

    [usage] = reports(open_desk, maya, steps)
    assert usage["augmentations"] == ["AUTOCOMPLETE"]
    assert usage["figures"]["num_edits"] == 2
    assert usage["figures"]["selected_suggestion_index"] == 1
    assert usage["figures"]["selected_suggestion_text"] == ORDER
    [event] = usage["events"]
    assert event == {"type": "suggestion-1-inserted", "suggestions_id": usage["figures"]["selected_suggestions_id"]}
    assert event["suggestions_id"] in usage["shown"]


def test_a_reply_that_was_taken_back_was_not_selected(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        page.keyboard.press("Alt+1")
        expect(field(page)).not_to_have_value("")
        page.keyboard.press("Control+z")
        expect(field(page)).to_have_value("")
        write(page, "zzz qqq")
        send(page)
        page.keyboard.press("Alt+1")
        page.keyboard.press("Control+z")
        page.keyboard.press("Control+Shift+Z")
        expect(field(page)).not_to_have_value("")
        send(page)

    undone, done_again = reports(open_desk, maya, steps)
    assert undone["augmentations"] == ["FREEHAND"]
    assert "selected_suggestions_id" not in undone["figures"]
    assert done_again["augmentations"] == ["AUTOSUGGEST"]
    assert done_again["figures"]["selected_suggestion_index"] == 1


def test_a_phrase_taken_word_by_word_was_selected_once(open_desk: OpenDesk, company: Company, maya: User) -> None:
    talk(company, 30)
    train(company)
    place(
        company, "paul", status="live", agent="maya", customer="Paul Late", lines=[("customer", "My parcel is late", 2)]
    )

    def steps(page: Page) -> None:
        card(page, "Paul Late").click()
        ready(page)
        write(page, OPENER)
        expect(ghost(page)).not_to_have_text("")
        phrase = ghost(page).inner_text()
        for _ in phrase.split()[:2]:
            page.keyboard.press("Control+ArrowRight")
        expect(field(page)).to_have_value(OPENER + " " + " ".join(phrase.split()[:2]))
        send(page)

    # The first conversation may have no reply that fits.
    [usage] = reports(open_desk, maya, steps, lambda page: expect(field(page)).to_be_focused())
    assert usage["augmentations"] == ["PHRASE_AUTOCOMPLETE"]
    assert usage["figures"]["phrases_selected"] == 1
    assert usage["figures"]["phrases_presented"] >= 1
    assert [event["type"] for event in usage["events"]] == ["phrase-completion-accepted"]


def test_a_reload_and_a_blocked_word_forget_nothing(open_desk: OpenDesk, maya: User) -> None:
    """The draft keeps how it was made; what was refused comes back with it."""

    def steps(page: Page) -> None:
        page.keyboard.press("Alt+1")
        expect(field(page)).not_to_have_value("")
        write(page, " fuck")
        page.reload()
        wait_until(page, lambda: field(page).input_value().endswith(" fuck"))
        field(page).press("End")
        page.keyboard.press("Enter")
        expect(blocked(page)).to_have_text(["fuck"])
        page.keyboard.press("End")
        for _ in " fuck":
            page.keyboard.press("Backspace")
        send(page)

    refused, sent = reports(open_desk, maya, steps)
    for usage in (refused, sent):
        assert usage["augmentations"] == ["AUTOSUGGEST"]
        assert usage["figures"]["selected_suggestion_index"] == 1
    assert refused["figures"]["num_edits"] == 5
    assert sent["figures"]["num_edits"] == 10


def test_input_methods_count_what_they_made(open_desk: OpenDesk, maya: User) -> None:
    """Many keys became one character."""

    def steps(page: Page) -> None:
        page.keyboard.press("Alt+1")
        expect(field(page)).not_to_have_value("")
        client = page.context.new_cdp_session(page)
        for text in ("n", "ni", "\N{CJK UNIFIED IDEOGRAPH-4F60}"):
            client.send(
                "Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)}
            )
        client.send("Input.insertText", {"text": "\N{CJK UNIFIED IDEOGRAPH-4F60}"})
        send(page)

    [usage] = reports(open_desk, maya, steps)
    assert usage["figures"]["num_edits"] == 1
