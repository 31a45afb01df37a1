"""The palette finds whatever the desk can do, and says so when it finds nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.actors import Actor
from accounts.models import Agent, Company, User
from conversations.models import Conversation
from responses.services import create_response
from tests.composer.conftest import place
from tests.e2e.desk_page import OpenDesk, field, ready

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def palette(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Find any action")


def asks(page: Page, words: str) -> Locator:
    """The rows that these words find; the palette is opened where it is not."""
    if not palette(page).is_visible():
        page.keyboard.press("Control+k")
        expect(palette(page).get_by_role("option").first).to_be_visible()
    palette(page).get_by_role("combobox").fill(words)
    return palette(page).get_by_role("option")


@pytest.mark.usefixtures("nora")
def test_it_finds_every_action(open_desk: OpenDesk, maya: User) -> None:
    wanted = {
        "lunch": "Status: Lunch",
        "status change": "Change my status",
        "sign out": "Sign out",
        "log out": "Sign out",
        "dark": "Colors: dark",
        "send": "Send the message",
        "take": "Show who waits in my queues",
        "queues page": "Page: Queues",
        "past": "Show my past conversations",
        "settings": "Settings",
        "password": "Change password",
        "note": "Write a note",
        "end": "End the conversation",
        "the transfer": "Transfer the conversation",
        "auto pilot": "Show auto-pilot",
        "dictionary": "Your dictionary: words that are never corrected",
        "size large": "Text size: large",
        "keys": "Show the keys",
    }

    def steps(page: Page) -> None:
        ready(page)
        for words, name in wanted.items():
            expect(asks(page, words).filter(has_text=name).first).to_be_visible()
        # The keys that do it as well are beside it.
        expect(asks(page, "end the conversation").locator("kbd")).to_have_text("Alt E")

    open_desk("/desk", user=maya).do(steps)


@pytest.mark.usefixtures("nora")
def test_it_inserts_a_response_found_by_its_words_in_any_order(
    open_desk: OpenDesk, maya: User, company: Company
) -> None:
    agent = Agent.objects.get(user=maya, environment="production")
    create_response(
        by=Actor.system(company.pk), agent=agent, title="Router off and on", text="Hello {NAME}, unplug it."
    )

    def steps(page: Page) -> None:
        ready(page)
        expect(asks(page, "on router")).to_contain_text(["Router off and on"])
        page.keyboard.press("Enter")
        expect(palette(page)).to_be_hidden()
        expect(field(page)).to_have_value("Hello Nora, unplug it.")
        expect(field(page)).to_be_focused()

    open_desk("/desk", user=maya).do(steps)


@pytest.mark.usefixtures("nora")
def test_it_says_when_it_finds_nothing_and_gives_the_focus_back(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        page.keyboard.type("Hel")
        expect(asks(page, "qqqq")).to_have_count(0)
        expect(palette(page).get_by_role("status")).to_have_text("Nothing found for “qqqq”.")
        asks(page, "note")
        expect(palette(page).get_by_role("status")).to_have_text("")
        page.keyboard.press("Escape")
        expect(palette(page)).to_be_hidden()
        expect(field(page)).to_be_focused()
        page.keyboard.type("lo")
        expect(field(page)).to_have_value("Hello")
        page.get_by_role("tab", name="Notes").focus()
        asks(page, "qqqq")
        page.keyboard.press("Escape")
        expect(page.get_by_role("tab", name="Notes")).to_be_focused()

    tab = open_desk("/desk", user=maya)
    tab.do(steps)
    tab.do(lambda page: asks(page, "qqqq"))
    assert tab.axe() == []


def test_without_a_conversation_nothing_is_offered_that_needs_one(
    open_desk: OpenDesk, maya: User, company: Company
) -> None:
    assert company.pk

    def steps(page: Page) -> None:
        expect(page.get_by_text("No conversation is open")).to_be_visible()
        for words in ("end the", "transfer", "send the message", "note", "show responses", "show the customer"):
            expect(asks(page, words)).to_have_count(0)
        expect(asks(page, "status")).not_to_have_count(0)
        expect(asks(page, "settings")).not_to_have_count(0)

    open_desk("/desk", user=maya).do(steps)


def test_a_status_is_chosen_from_it(open_desk: OpenDesk, maya: User, nora: Conversation) -> None:
    assert nora.pk

    def steps(page: Page) -> None:
        ready(page)
        expect(asks(page, "lunch")).to_have_count(1)
        page.keyboard.press("Enter")
        expect(page.locator("#desk-status-now")).to_contain_text("Lunch")

    open_desk("/desk", user=maya).do(steps)


@pytest.mark.usefixtures("nora")
def test_what_is_typed_after_an_action_of_the_side_is_not_for_the_customer(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        expect(asks(page, "write a note")).to_have_count(1)
        page.keyboard.press("Enter")
        expect(page.get_by_label("New note")).to_be_focused()
        page.keyboard.type("for staff")
        expect(field(page)).to_have_value("")
        expect(page.get_by_label("New note")).to_have_value("for staff")

    open_desk("/desk", user=maya).do(steps)


@pytest.mark.usefixtures("nora")
def test_it_saves_what_was_said_and_what_is_written_as_a_response(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        page.keyboard.type("Have you restarted it, Nora?")
        expect(asks(page, "save what wrote")).to_have_count(1)
        page.keyboard.press("Enter")
        form = page.locator("#side-body form")
        expect(form.get_by_label("Title")).to_be_focused()
        expect(form.get_by_label("Title")).to_have_value("Have you restarted it, {NAME}")
        expect(form.get_by_label("Text")).to_have_value("Have you restarted it, {NAME}?")
        expect(form.get_by_label("Folder")).to_be_visible()
        page.keyboard.type("Restarted?")
        page.keyboard.press("Enter")
        expect(page.locator("#side-body")).to_contain_text("Restarted?")
        field(page).focus()
        page.keyboard.press("Enter")
        message = page.locator("[data-rows] .message--agent").last
        expect(message).to_contain_text("Have you restarted it, Nora?")
        message.get_by_role("button", name="Save as my response").click()
        expect(form.get_by_label("Text")).to_have_value("Have you restarted it, {NAME}?")
        # A customer's message has no such button.
        customer = page.locator("[data-rows] .message--customer")
        expect(customer.get_by_role("button")).to_have_count(0)

    open_desk("/desk", user=maya).do(steps)


def test_a_new_conversation_of_the_same_page_is_found(open_desk: OpenDesk, maya: User, company: Company) -> None:
    for name in ("Paul Late", "Quinn Moss"):
        place(company, name.split()[0], status="live", agent="maya", customer=name)

    def steps(page: Page) -> None:
        ready(page)
        other = page.locator("[data-card][aria-current=false] [data-name]").inner_text()
        expect(asks(page, other.split()[1].lower())).to_contain_text([f"Go to {other}"])
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=2, name=other)).to_be_visible()

    open_desk("/desk", user=maya).do(steps)
