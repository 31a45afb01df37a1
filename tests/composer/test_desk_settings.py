"""A setting that changes: every open desk of the company goes by it within two seconds, and nobody else's."""

from __future__ import annotations

import time
from typing import Any

import pytest
from channels.db import database_sync_to_async as in_thread

from accounts.models import Agent, Company, Queue, User
from conversations.models import Conversation
from tests.composer.conftest import browser_of, hire, place
from tests.composer.desks import Socket, desk
from tests.configuring import choose, set_greetings_of
from tests.factories import make_company

pytestmark = pytest.mark.django_db(transaction=True)

MAX_S = 2.0
SPELLCHECK = "autocompose.spellcheck"


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def maya(company: Company) -> User:
    return hire(company, "maya", queues=["billing"])


@pytest.fixture
def talk(company: Company, maya: User) -> Conversation:
    return place(company, "one", status="live", agent=maya.username)


async def is_corrected(socket: Socket, conversation: Conversation, number: int) -> bool:
    await socket.say("type", conversation=conversation.pk, n=number, text="How is tihs ", cursor=[11, 12])
    return (await socket.get("offers", n=number))["correction"] is not None


async def told_after(started: float, socket: Socket) -> dict[str, Any]:
    """Return the frame that tells of changed settings."""
    frame = await socket.get("settings")
    assert time.monotonic() - started < MAX_S
    return frame


@pytest.mark.parametrize("level", ["company", "environment", "queue"])
async def test_every_desk_of_the_company_goes_by_it(
    open_: Any, company: Company, maya: User, talk: Conversation, level: str
) -> None:
    tom = await in_thread(hire)(company, "tom")
    whose: dict[str, Any] = {
        "company": {},
        "environment": {"environment": "production"},
        "queue": {"environment": "production", "queue": await in_thread(Queue.objects.get)(name="billing")},
    }[level]
    async with desk(open_, maya) as first, desk(open_, maya) as second, desk(open_, tom) as toms:
        for number, expected in ((1, False), (2, True)):
            assert await is_corrected(first, talk, 2 * number) is not expected
            started = time.monotonic()
            await in_thread(choose)(company, {SPELLCHECK: expected}, **whose)
            for socket in (first, second, toms):
                frame = await told_after(started, socket)
                assert (frame["names"], frame["own"]) == ([SPELLCHECK], False)
            assert await is_corrected(first, talk, 2 * number + 1) is expected
            assert time.monotonic() - started < MAX_S


async def test_an_agents_own_value_is_told_to_that_agents_desks(
    open_: Any, company: Company, maya: User, talk: Conversation
) -> None:
    agent = await in_thread(Agent.objects.get)(user=maya, environment="production")
    tom = await in_thread(hire)(company, "tom")
    async with desk(open_, maya) as socket, desk(open_, tom) as toms:
        assert await is_corrected(socket, talk, 1)
        started = time.monotonic()
        await in_thread(choose)(company, {SPELLCHECK: False}, agent=agent)
        assert (await told_after(started, socket))["own"] is True
        assert not await is_corrected(socket, talk, 2)
        await toms.until_quiet()
        assert not any(frame["t"] == "settings" for frame in toms.kept)


async def test_desks_of_other_companies_hear_nothing(open_: Any, company: Company, maya: User) -> None:
    globex = await in_thread(make_company)("globex")
    ann = await in_thread(hire)(globex, "ann")
    async with desk(open_, maya) as socket, desk(open_, ann) as anns:
        await in_thread(choose)(company, {"desk.slots": 5})
        await socket.get("settings")
        await anns.until_quiet()
        assert not any(frame["t"] == "settings" for frame in anns.kept)


async def test_the_status_bar_has_the_new_slots_when_the_desk_is_told(open_: Any, company: Company, maya: User) -> None:
    browser = await in_thread(browser_of)(maya)
    async with desk(open_, maya) as socket:
        started = time.monotonic()
        await in_thread(choose)(company, {"desk.slots": 37})
        await told_after(started, socket)
        page = await in_thread(browser.get)("/desk/status")
        assert "37" in page.content.decode()


async def test_greetings_that_are_switched_on_count_down_at_once(
    open_: Any, company: Company, maya: User, talk: Conversation
) -> None:
    async with desk(open_, maya) as socket:
        started = time.monotonic()
        await in_thread(set_greetings_of)(company, enabled=True, named_text="Hi!", generic_text="Hi!", delay_seconds=60)
        await socket.get("settings")
        [card] = (await socket.get("cards"))["cards"]
        assert (card["id"], card["greeting"]["text"]) == (talk.pk, "Hi!")
        assert time.monotonic() - started < MAX_S
