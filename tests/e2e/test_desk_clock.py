"""The desk counts from the server's time: a wrong clock on the agent's computer changes nothing that is shown."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Company, User
from composer.models import GreetingRun
from conversations.models import Conversation, Participant
from tests.composer.conftest import place
from tests.e2e.conftest import Tab
from tests.e2e.desk_page import OpenDesk, card, cards

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SHIFT = """(() => {
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...parts) {
      super(...(parts.length ? parts : [Real.now() + SHIFT_MS]));
    }
    static now() {
      return Real.now() + SHIFT_MS;
    }
  };
})()"""


def desk_with_shifted_clock(open_desk: OpenDesk, user: User, shift_s: int) -> Tab:
    tab = open_desk("/healthz", user=user)

    def steps(page: Page) -> None:
        page.add_init_script(SHIFT.replace("SHIFT_MS", str(shift_s * 1000)))
        page.goto("/desk")
        page.locator("[data-card]").first.click()

    tab.do(steps)
    return tab


@pytest.fixture
def greeted(company: Company, maya: User) -> Conversation:
    """Nora has waited for three minutes; a greeting is on its way, due in 5 minutes."""
    nora = place(company, "nora", status="live", agent=maya.username)
    now = timezone.now()
    agent = Participant.objects.get(conversation=nora, agent__user=maya)
    Participant.objects.filter(pk=agent.pk).update(joined_at=now - timedelta(seconds=150))
    GreetingRun.objects.create(
        participant=agent,
        conversation=nora,
        text="Hello Nora, how can I help?",
        previewed_at=now - timedelta(seconds=2),
        due_at=now + timedelta(seconds=300),
    )
    return nora


@pytest.mark.parametrize("shift_s", [0, -60, 600, -90_000, 90_000])
def test_countdown_waits_and_days_are_the_servers(
    open_desk: OpenDesk, maya: User, greeted: Conversation, shift_s: int
) -> None:
    started = timezone.now()

    def steps(page: Page) -> None:
        expect(page.locator("[data-greeting]")).to_be_visible()
        expect(page.locator("[data-greeting-left]")).to_have_text(re.compile(r"^2\d\d s$"))
        expect(card(page, "Nora").locator("[data-wait]")).to_contain_text(re.compile(r"[34]m$"))
        expect(page.locator("[data-lasted]")).to_have_text(re.compile(r"^with you [23]m$"))

    tab = desk_with_shifted_clock(open_desk, maya, shift_s)
    tab.do(steps)
    said = greeted.messages.get().sent_at
    same_day = said.date() == started.date() == timezone.now().date()
    mark = "Today" if same_day else "Yesterday"
    tab.do(lambda page: expect(page.locator("[data-rows] .day").first).to_have_text(mark))


def test_what_is_too_long_is_told_by_the_servers_time(open_desk: OpenDesk, company: Company, maya: User) -> None:
    place(company, "new", status="live", agent="maya", customer="New Comer", lines=[("customer", "Hello?", 0)])
    place(company, "old", status="live", agent="maya", customer="Old Timer", lines=[("customer", "Hello??", 30)])

    def steps(page: Page) -> None:
        expect(cards(page)).to_have_count(2)
        late = re.compile("wait--late")
        expect(card(page, "Old Timer").locator("[data-wait]")).to_have_class(late)
        expect(card(page, "New Comer").locator("[data-wait]")).to_be_visible()
        expect(card(page, "New Comer").locator("[data-wait]")).not_to_have_class(late)

    for shift_s in (3600, -3600):
        desk_with_shifted_clock(open_desk, maya, shift_s).do(steps)
