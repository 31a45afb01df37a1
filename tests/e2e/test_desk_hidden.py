"""A desk in a hidden tab stays open: its agent keeps what they have, and gets what comes.

A browser runs the timers of a hidden page once a minute, or not at all. Here the page is frozen, so that none runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import CDPSession, Page, expect

from accounts.models import Agent, User
from assignments.models import DeskConnection
from assignments.presence import at_desk
from composer.desk.socket.heartbeat import BEAT_S
from conversations.models import Conversation
from tests.e2e.conftest import Tab
from tests.factories import say

pytestmark = pytest.mark.browser

# A page whose life hung on its own timers would be too old by then.
LONGEST = timedelta(seconds=BEAT_S + 7)


def freeze(page: Page) -> CDPSession:
    session = page.context.new_cdp_session(page)
    session.send("Page.enable")
    session.send("Page.setWebLifecycleState", {"state": "frozen"})
    return session


def test_a_frozen_page_stays_open(
    maya: User, nora: Conversation, open_desk: Callable[..., Tab], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assignments.presence.DEAD_AFTER", LONGEST)
    tab = open_desk("/desk", user=maya)
    tab.do(lambda page: expect(page.locator("[data-card]")).to_have_count(1))
    session = tab.do(freeze)
    until = time.monotonic() + LONGEST.total_seconds() + BEAT_S
    while time.monotonic() < until:
        assert at_desk(Agent.objects.filter(user=maya), timezone.now()).exists()
        time.sleep(1)  # how long is what is tested
    say(nora, "Are you still there?")
    tab.do(lambda _: session.send("Page.setWebLifecycleState", {"state": "active"}))
    tab.do(lambda page: expect(page.get_by_text("Are you still there?").first).to_be_visible())


def test_a_closed_browser_is_gone_at_once(maya: User, nora: Conversation, open_desk: Callable[..., Tab]) -> None:  # noqa: ARG001
    tab = open_desk("/desk", user=maya)
    tab.do(lambda page: expect(page.locator("[data-card]")).to_have_count(1))
    tab.do(lambda page: page.close())
    for _ in range(100):
        if not DeskConnection.objects.exists():
            return
        time.sleep(0.1)
    pytest.fail("the desk still counts as open")
