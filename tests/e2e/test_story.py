"""The whole story in two browsers: a customer writes, an agent answers with all that helps, once by keys only."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.actors import Actor
from accounts.models import Agent, Company, User
from composer.models import ComposerEvent, MessageSent, OfferSet, UsageReport
from composer.usage.tasks import record_usage
from conversations.models import Conversation, Message
from responses.services import create_response
from tests.composer.test_learning import talk, train
from tests.configuring import set_greetings_of
from tests.e2e.desk_page import OpenDesk, blocked, card, field, found, ghost, log, marked, popup, replies, write

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OPENER = "I am sorry, I will"
REST = " look for your parcel right away."
OWN = "Anything else I can do for you?"


@pytest.fixture
def greets(company: Company) -> None:
    """A greeting that leaves a test the time to look at it."""
    set_greetings_of(
        company,
        enabled=True,
        generic_text="Welcome! How can I help?",
        named_text="Hello {NAME}, how can I help?",
        trigger_after_seconds=0,
        delay_seconds=6,
    )


@pytest.fixture
def learned(company: Company, maya: User) -> None:
    """Agents here have said often what comes after "I am sorry"; maya has a response of her own."""
    talk(company, 30)
    train(company)
    agent = Agent.objects.get(user=maya, environment="production")
    create_response(by=Actor.system(company.pk), agent=agent, title="Else", text=OWN, folder=None)


def start_chat(page: Page, text: str) -> str:
    """The customer begins; the conversation's id."""
    if page.get_by_label("Billing").count():
        page.get_by_label("Billing").check()
    page.get_by_label("Your name").fill("Nora Fitzgerald")
    page.get_by_role("button", name="Start the chat").click()
    expect(page.locator("[data-state]")).not_to_have_text("Connecting")
    page.get_by_label("Your message").fill(text)
    page.keyboard.press("Enter")
    expect(page.locator("[data-rows] .message__text")).to_have_text([text])
    return str(page.locator("[data-chat]").get_attribute("data-conversation"))


def said_to_customer(page: Page) -> list[str]:
    return page.locator("[data-rows] .message__text").all_inner_texts()


@pytest.mark.usefixtures("greets", "learned")
def test_a_customer_and_an_agent(open_desk: OpenDesk, maya: User) -> None:
    """Greeting, reply, edit, phrase, correction and its undoing, a blocked word, a response by `/`, sending."""
    desk = open_desk("/desk", user=maya)
    desk.do(lambda page: expect(page.get_by_text("No conversations")).to_be_visible())
    chat = open_desk("/chat/acme")
    conversation = chat.do(lambda page: start_chat(page, "My parcel is late"))

    def greeting(page: Page) -> None:
        expect(card(page, "Nora Fitzgerald")).to_be_visible()
        page.keyboard.press("Alt+ArrowDown")  # nothing opens by itself
        expect(log(page)).to_contain_text("My parcel is late")
        expect(page.locator("[data-greeting]")).to_contain_text("Hello Nora, how can I help?")
        expect(page.locator("[data-greeting-left]")).to_have_text(re.compile(r"^[1-6] s$"))
        # Nothing is touched: the server sends it when the time has come, and once.
        expect(log(page)).to_contain_text("Hello Nora, how can I help?", timeout=15_000)
        expect(page.locator("[data-greeting]")).to_be_hidden()

    desk.do(greeting)
    chat.do(lambda page: expect(page.get_by_text("Hello Nora, how can I help?")).to_have_count(1))
    final = desk.do(make_the_message)
    chat.do(lambda page: expect(page.locator("[data-rows] .message__text").last).to_have_text(final))
    assert Message.objects.filter(conversation_id=conversation, role="agent").count() == 2
    the_row_says_how_it_was_made(Conversation.objects.get(pk=conversation), final)


def make_the_message(page: Page) -> str:
    """What the composer offers, one thing after the other; the text that was sent."""
    write(page, OPENER)
    expect(replies(page).first).to_contain_text(OPENER + REST)
    page.keyboard.press("Alt+1")
    expect(field(page)).to_have_value(OPENER + REST)
    # Five characters are deleted, and the gray words bring them back.
    for _ in range(5):
        page.keyboard.press("Backspace")
    expect(ghost(page)).to_have_text("away.")
    page.keyboard.press("Tab")
    expect(field(page)).to_have_value(OPENER + REST)
    # A slip is corrected, and taken back with one key.
    write(page, " Thnaks ")
    expect(marked(page)).to_have_text(["Thanks"])
    page.keyboard.press("Backspace")
    expect(field(page)).to_have_value(f"{OPENER}{REST} Thnaks ")
    for _ in range(len(" Thnaks ")):
        page.keyboard.press("Backspace")
    # A word that may not be sent stops the message where it is.
    write(page, " fuck")
    page.keyboard.press("Enter")
    expect(blocked(page)).to_have_text(["fuck"])
    expect(field(page)).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("blocked words")
    page.keyboard.press("End")
    for _ in range(len("fuck")):
        page.keyboard.press("Backspace")
    write(page, "/else")
    expect(popup(page)).to_be_visible()
    expect(found(page).first).to_contain_text("Else")
    page.keyboard.press("Enter")
    final = f"{OPENER}{REST} {OWN}"
    expect(field(page)).to_have_value(final)
    page.keyboard.press("Enter")
    expect(field(page)).to_have_value("")
    expect(log(page)).to_contain_text(final)
    expect(page.locator("[data-pending] .message")).to_have_count(0)
    return final


def the_row_says_how_it_was_made(conversation: Conversation, text: str) -> None:
    """The documented message-sent event and the analytic events (contract README section 2), recorded once."""
    message = Message.objects.get(conversation=conversation, text=text)
    stored = UsageReport.objects.get(message=message)
    for _ in range(2):  # a worker that was killed is given its task again
        record_usage(json.loads(json.dumps([stored.pk])))
    row = MessageSent.objects.get(conversation=conversation, message_id=message.pk)
    assert [one.type for one in row.augmentations.all()] == [
        "AUTOCOMPLETE",
        "PHRASE_AUTOCOMPLETE",
        "FLUENCY_APPLY",
        "FLUENCY_UNDO",
        "CUSTOM_DRAWER",
    ]
    # 5 deleted, the phrase as one, 8 typed and 8 deleted, 5 typed and 4 deleted, and what asked for the response.
    assert row.num_edits == 5 + 1 + 8 + 8 + 5 + 4 + len("/else")
    assert row.selected_suggestion_text == OPENER + REST
    assert row.selected_suggestion_index == 1
    assert re.fullmatch(r"[0-9a-f]{32}", row.selected_suggestions_id)
    assert re.fullmatch(r"[0-9a-f]{32}", row.initial_suggestions_id)
    assert row.initial_suggestions_id != row.selected_suggestions_id
    assert row.phrases_selected == 1
    assert row.phrases_presented >= 1
    assert row.time_to_action > 0
    assert 0 < row.crafting_time < 60
    assert 0 <= row.dwell_time < 60
    events: list[dict[str, Any]] = list(
        ComposerEvent.objects.filter(conversation=conversation).order_by("id").values("type", "query", "text")
    )
    assert [event["type"] for event in events] == [
        "suggestion-1-inserted",
        "phrase-completion-accepted",
        "spellcheck-applied",
        "spellcheck-undone",
        "custom-response-drawer-inserted",
    ]
    offered = OfferSet.objects.get(pk=row.selected_suggestions_id)
    assert offered.message == message
    assert offered.replies.get(position=1).text == OPENER + REST


@pytest.mark.usefixtures("learned")
def test_the_whole_story_with_keys_only(open_desk: OpenDesk, maya: User) -> None:
    """From signing in to the end of the conversation, without a mouse."""
    desk = open_desk("/desk", user=maya)
    chat = open_desk("/chat/acme")
    chat.do(lambda page: start_chat(page, "My parcel is late"))

    def keys(page: Page) -> None:
        expect(card(page, "Nora Fitzgerald")).to_be_visible()
        page.keyboard.press("Alt+ArrowDown")
        expect(log(page)).to_contain_text("My parcel is late")
        expect(field(page)).to_be_focused()
        expect(replies(page).first).to_be_visible()
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        expect(field(page)).not_to_have_value("")
        page.keyboard.press("Enter")
        expect(page.locator("[data-rows] .message--agent")).to_have_count(1)
        end_with_keys(page)

    desk.do(keys)
    chat.do(lambda page: expect(page.get_by_text("ended").first).to_be_visible())


def end_with_keys(page: Page) -> None:
    """Ctrl+K finds the action; the sheet is filled in with Tab, Space and Enter."""
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Action, response or customer").press_sequentially("end the con")
    expect(page.get_by_role("option", name=re.compile("End the conversation"))).to_be_visible()
    page.keyboard.press("Enter")
    sheet = page.locator("[data-sheet]")
    expect(sheet).to_be_visible()
    sheet.get_by_label("Resolved", exact=True).focus()
    page.keyboard.press("Space")
    sheet.get_by_role("button", name="End").first.focus()
    page.keyboard.press("Enter")
    expect(sheet).to_be_hidden()
    expect(page.get_by_text("No conversations")).to_be_visible()
