"""What desks are told of conversations that leave them, and of how far they were read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from channels.db import database_sync_to_async as in_thread

from accounts.actors import Actor
from accounts.models import Agent, Company, Queue, User
from assignments.lifecycle import enqueue, take, transfer_to_agent
from composer.desk.services import mark_read
from composer.models import ReadMark
from conversations.models import Conversation
from tests.assignments.conftest import agent_at_desk, arrive
from tests.composer.conftest import place
from tests.factories import say
from tests.leaving import (
    agent_of,
    another_desk_ends,
    another_system_gives_it_away,
    customer_ends,
    it_returns,
    times_out,
    tom_passes_it_on,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tom(company: Company, conversation: Conversation) -> Agent:  # noqa: ARG001 he comes when she has it
    return agent_at_desk(company, "tom", queues=["billing", "mobile"], full_name="Tom Ward")


@pytest.fixture
def conversation(company: Company, maya: User, billing: Queue) -> Conversation:
    conversation = arrive(company, "one")
    by = Actor.system(company.pk)
    enqueue(by=by, conversation=conversation, queue=billing)
    take(by=by, agent=agent_of(maya), conversation=conversation)
    conversation.refresh_from_db()
    return conversation


def maya_passes_it_on(talk: Conversation, maya: User) -> None:
    tom = Agent.objects.get(user__username="tom", environment="production")
    transfer_to_agent(by=Actor.user(maya), agent=agent_of(maya), conversation=talk, target=tom)


WAYS: dict[Callable[[Conversation, User], None], tuple[str, str, str, str]] = {
    another_desk_ends: ("ended", "me", "", ""),
    times_out: ("timed_out", "system", "", ""),
    tom_passes_it_on: ("passed", "agent", "Tom Ward", "Billing"),
    maya_passes_it_on: ("passed", "me", "", "Tom Ward"),
    it_returns: ("returned", "system", "", "Billing"),
    another_system_gives_it_away: ("taken", "agent", "Tom Ward", ""),
}


@pytest.mark.usefixtures("tom")
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_the_desk_is_told_how_a_conversation_left(
    open_: Any, maya: User, conversation: Conversation, way: Callable[[Conversation, User], None]
) -> None:
    socket = await open_(maya)
    await socket.hello()
    await in_thread(way)(conversation, maya)
    frame = await socket.get("cards", cards=[])
    while conversation.pk not in frame["left"]:
        frame = await socket.get("cards", cards=[])
    left = frame["left"][conversation.pk]
    assert (left["how"], left["by"], left["who"], left["to"]) == WAYS[way]
    # A desk that was away is told when it comes back.
    back = await (await open_(maya)).hello(**{conversation.pk: 1})
    assert back["left"] == {conversation.pk: left}


async def test_one_that_the_customer_ended_stays_to_be_wrapped_up(
    open_: Any, maya: User, conversation: Conversation
) -> None:
    socket = await open_(maya)
    await socket.hello()
    await in_thread(customer_ends)(conversation, maya)
    frame = await socket.get("cards")
    while frame["cards"][0]["left"] is None:
        frame = await socket.get("cards")
    assert (frame["cards"][0]["left"]["how"], frame["left"]) == ("ended", {})
    # All of it can be read, on every desk of the agent, and nothing can be sent.
    back = await open_(maya)
    await back.hello()
    await back.say("follow", conversation=conversation.pk)
    rows = await back.get("rows")
    assert [row["type"] for row in rows["rows"]][-1] == "conversation.ended"
    await back.send(conversation, "Are you there?")
    assert (await back.get("refused"))["code"] == "not_yours"


@pytest.mark.usefixtures("tom")
async def test_nothing_is_told_of_conversations_that_the_agent_never_had(
    open_: Any, company: Company, maya: User
) -> None:
    other = await in_thread(place)(company, "his", status="live", agent="tom")
    assert (await (await open_(maya)).hello(**{other.pk: 1}))["left"] == {}


class TestReading:
    async def test_it_is_kept_and_every_desk_of_the_agent_is_told(
        self, open_: Any, maya: User, conversation: Conversation
    ) -> None:
        first, second = await open_(maya), await open_(maya)
        [card] = (await first.hello())["cards"]
        await second.hello()
        assert card["read"] is None
        await first.say("read", conversation=conversation.pk, upto=card["upto"])
        told = await second.get("read")
        assert (told["conversation"], told["upto"]) == (conversation.pk, card["upto"])
        [card] = (await (await open_(maya)).hello())["cards"]
        assert card["read"] == card["upto"]

    @pytest.mark.usefixtures("tom")
    async def test_of_others_conversations_nothing_is_kept(
        self, open_: Any, company: Company, maya: User, conversation: Conversation
    ) -> None:
        other = await in_thread(place)(company, "his", status="live", agent="tom")
        socket = await open_(maya)
        await socket.hello()
        await socket.say("read", conversation=other.pk, upto=1)
        await socket.say("read", conversation=conversation.pk, upto=1)
        await socket.get("read", conversation=conversation.pk)
        assert not await in_thread(ReadMark.objects.filter(conversation=other).exists)()

    def test_it_never_goes_back_nor_beyond_the_newest_row(self, maya: User, conversation: Conversation) -> None:
        agent = agent_of(maya)
        say(conversation, "Hello?")
        conversation.refresh_from_db()
        newest = conversation.last_sequence
        found = [
            mark_read(agent=agent, conversation_id=conversation.pk, sequence=number) for number in (0, 2, 1, 10_000, 2)
        ]
        assert found[:2] == [0, 2]
        assert found[3] == newest
        assert ReadMark.objects.get().sequence == newest


async def test_the_server_says_its_time(open_: Any, maya: User) -> None:
    before = 1_700_000_000
    assert (await (await open_(maya)).hello())["now"] > before
