"""The response panel by keys: the focus is always somewhere, and nothing is offered that cannot be done."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from accounts.actors import Actor
from accounts.models import Agent, User
from responses.services import create_response
from tests.e2e.desk_page import OpenDesk, field, ready

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def own(maya: User) -> None:
    agent = Agent.objects.get(user=maya, environment="production")
    create_response(by=Actor.user(maya), agent=agent, title="Refund rules", text="Refunds take 5 days.", folder=None)


@pytest.mark.usefixtures("nora", "own")
def test_each_step_leaves_the_focus_where_the_work_goes_on(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        ready(page)
        page.on("dialog", lambda dialog: dialog.accept())
        panel = page.locator("#side-body")
        page.get_by_role("tab", name="Responses").click()
        panel.get_by_role("button", name="Add", exact=True).click()
        expect(panel.get_by_label("Title")).to_be_focused()
        page.keyboard.type("Bye now")
        panel.get_by_label("Text").fill("Good bye.")
        panel.get_by_role("button", name="Save").press("Enter")
        expect(panel.get_by_role("button", name="Edit Bye now")).to_be_focused()
        page.keyboard.press("Enter")
        expect(panel.get_by_label("Title")).to_be_focused()
        panel.get_by_role("button", name="Cancel").press("Enter")
        expect(panel.get_by_role("button", name="Edit Bye now")).to_be_focused()
        page.keyboard.press("Enter")
        expect(panel.get_by_label("Title")).to_be_focused()  # the form works from then on
        panel.get_by_role("button", name="Delete").press("Enter")
        expect(panel.get_by_role("status")).to_be_focused()
        expect(panel.get_by_role("status")).to_contain_text("is deleted.")

    open_desk("/desk", user=maya).do(steps)


@pytest.mark.usefixtures("nora")
@pytest.mark.parametrize(("action", "label"), [("Add a response", "Title"), ("Show notes", "New note")])
def test_what_the_list_of_actions_opens_has_the_focus(open_desk: OpenDesk, maya: User, action: str, label: str) -> None:
    def steps(page: Page) -> None:
        ready(page)
        page.keyboard.press("Control+k")
        page.keyboard.type(action)
        expect(page.get_by_role("option", name=action)).to_be_visible()
        page.keyboard.press("Enter")
        expect(page.locator("#side-body").get_by_label(label)).to_be_focused()
        expect(field(page)).to_have_value("")

    open_desk("/desk", user=maya).do(steps)


@pytest.mark.usefixtures("company")
def test_without_a_conversation_nothing_offers_to_insert(open_desk: OpenDesk, maya: User) -> None:
    def steps(page: Page) -> None:
        expect(page.get_by_text("You have none now.")).to_be_visible()
        expect(page.get_by_text("Choose one at the left")).to_be_hidden()
        expect(page.locator("[data-act=insert]:visible")).to_have_count(0)

    open_desk("/desk", user=maya).do(steps)
