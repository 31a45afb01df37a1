"""Desks while something breaks: nothing lost, nothing double, no reload."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from channels.db import database_sync_to_async as in_thread
from channels.layers import get_channel_layer
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.events import tell_agents_changed
from accounts.models import Company, Event, User
from composer.desk.socket import session
from conversations import event_stream
from conversations.events import conversation_group
from conversations.models import Conversation, Participant
from tests.composer.conftest import hire, place
from tests.composer.desks import Socket, desk
from tests.conftest import OwnRedis
from tests.factories import make_list, say

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def conversation(company: Company, maya: User) -> Conversation:
    make_list(company, "Your order is on its way.", "You are welcome.")
    return place(company, "one", status="live", agent=maya.username)


async def rows_upto(socket: Socket, upto: int) -> list[int]:
    """The numbers of the rows that come, until there is one above `upto`."""
    numbers: list[int] = []
    while not numbers or numbers[-1] < upto:
        numbers += [row["sequence"] for row in (await socket.get("rows"))["rows"]]
    return numbers


async def stored(conversation: Conversation) -> list[int]:
    rows = Event.objects.filter(conversation_id=conversation.pk).order_by("sequence")
    return await in_thread(lambda: list(rows.values_list("sequence", flat=True)))()


class TestRedisRestarts:
    async def test_desks_catch_up_without_being_asked(
        self, own_redis: OwnRedis, open_: Any, maya: User, conversation: Conversation
    ) -> None:
        async with desk(open_, maya) as first, desk(open_, maya) as second:
            await asyncio.to_thread(own_redis.stop)
            for number in range(3):
                await in_thread(say)(conversation, f"Nobody hears {number}", after=number)
            await asyncio.to_thread(own_redis.start)
            missed = await stored(conversation)
            for socket in (first, second):
                assert await rows_upto(socket, missed[-1]) == missed[-3:]
                cards = await socket.get("cards")
                assert cards["cards"][0]["preview"] == "Nobody hears 2"
            await in_thread(say)(conversation, "Everybody hears", after=9)
            for socket in (first, second):
                assert await rows_upto(socket, missed[-1] + 1) == [missed[-1] + 1]

    async def test_a_login_that_ended_meanwhile_ends_the_desk(
        self, own_redis: OwnRedis, open_: Any, maya: User
    ) -> None:
        async with desk(open_, maya) as socket:
            await asyncio.to_thread(own_redis.stop)
            await in_thread(lambda: Session.objects.all().delete())()
            await asyncio.to_thread(own_redis.start)
            assert await socket.closed() == 4401

    async def test_keystrokes_and_messages_go_on_without_it(
        self, own_redis: OwnRedis, open_: Any, maya: User, conversation: Conversation
    ) -> None:
        async with desk(open_, maya) as socket:
            await socket.say("type", conversation=conversation.pk, n=1, text="")
            await socket.get("offers", n=1)
            await asyncio.to_thread(own_redis.stop)
            await socket.say("type", conversation=conversation.pk, n=2, text="Your o")
            assert [one["text"] for one in (await socket.get("offers", n=2))["replies"]] == [
                "Your order is on its way."
            ]
            client_id = await socket.send(conversation, "Your order is on its way.")
            row = (await socket.get("stored", client_id=client_id))["row"]
            await asyncio.to_thread(own_redis.start)
            assert row["sequence"] in await rows_upto(socket, row["sequence"])
            await socket.send(conversation, "Your order is on its way.", client_id=client_id)
            assert (await socket.get("stored", client_id=client_id))["row"] == row


async def until_it_listens(socket: Socket, conversation: Conversation) -> None:
    """Hints of the conversation arrive, and its first look at the database is over."""
    event = {"type": "conversation.typing", "conversation": conversation.pk, "who": "customer", "text": "I"}
    while await socket.communicator.receive_nothing(timeout=0.1):
        await get_channel_layer().group_send(conversation_group(conversation.pk), event)
    await socket.get("typing")
    await socket.say("follow", conversation=conversation.pk)
    await socket.get("rows")


class TestLostHints:
    async def test_rows_come_with_the_next_echo(
        self, open_: Any, maya: User, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with desk(open_, maya) as socket:
            await until_it_listens(socket, conversation)
            monkeypatch.setattr("conversations.adding.invalidate_and_send", lambda *_: None)
            await in_thread(say)(conversation, "Are you there?", after=5)
            assert await socket.communicator.receive_nothing(timeout=0.2)
            await socket.say("echo", n=1)
            rows = await socket.get("rows", conversation=conversation.pk)
            assert rows["rows"][-1]["message"]["text"] == "Are you there?"

    async def test_so_does_a_conversation_that_came(
        self, open_: Any, company: Company, maya: User, conversation: Conversation
    ) -> None:
        async with desk(open_, maya) as socket:
            other = await in_thread(place)(company, "two", status="live", agent=maya.username)
            await socket.say("echo", n=1)
            cards = await socket.get("cards")
            assert {card["id"] for card in cards["cards"]} == {conversation.pk, other.pk}

    @pytest.mark.usefixtures("conversation")
    async def test_and_one_that_went(self, open_: Any, maya: User) -> None:
        async with desk(open_, maya) as socket:
            await in_thread(lambda: Participant.objects.filter(agent__isnull=False).update(left_at=timezone.now()))()
            await socket.say("echo", n=1)
            assert (await socket.get("cards"))["cards"] == []

    async def test_nothing_comes_where_nothing_was_lost(
        self, open_: Any, maya: User, conversation: Conversation
    ) -> None:
        async with desk(open_, maya) as socket:
            await in_thread(say)(conversation, "Are you there?", after=5)
            await socket.get("rows")
            await socket.say("echo", n=1)
            await socket.get("echo")
            assert await socket.communicator.receive_nothing(timeout=0.2)


class TestOneSlowConversation:
    async def test_it_holds_no_other_back(
        self, open_: Any, company: Company, maya: User, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = await in_thread(place)(company, "two", status="live", agent=maya.username)
        make, go_on = session._load_context, asyncio.Event()

        async def slow(scope: Any, conversation_id: str) -> Any:
            if conversation_id == conversation.pk:
                await go_on.wait()
            return await make(scope, conversation_id)

        monkeypatch.setattr(session, "_load_context", slow)
        async with desk(open_, maya) as socket:
            await socket.say("type", conversation=conversation.pk, n=1, text="You")
            for n in range(2, 5):
                await socket.say("type", conversation=other.pk, n=n, text="You")
                assert (await socket.get("offers"))["n"] == n
            await in_thread(say)(conversation, "Still there?", after=9)
            assert (await socket.get("rows"))["conversation"] == conversation.pk
            client_id = await socket.send(conversation, "Yes")
            await socket.get("stored", client_id=client_id)
            go_on.set()
            assert (await socket.get("offers"))["n"] == 1


class TestOneAgentTwoDesks:
    async def test_what_one_sends_both_show(self, open_: Any, maya: User, conversation: Conversation) -> None:
        async with desk(open_, maya) as first, desk(open_, maya) as second:
            client_id = await first.send(conversation, "Let me look.")
            for socket in (first, second):
                assert (await socket.get("rows"))["rows"][0]["message"]["client_id"] == client_id

    async def test_another_agents_desk_hears_nothing(
        self, open_: Any, company: Company, conversation: Conversation
    ) -> None:
        liam = await in_thread(hire)(company, "liam")
        async with desk(open_, liam) as socket:
            await in_thread(say)(conversation, "For Maya only", after=9)
            assert await socket.communicator.receive_nothing(0.3)


class TestTakenAway:
    async def test_rows_that_are_being_read_are_not_shown_any_more(
        self, open_: Any, maya: User, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read, go_on, reading = event_stream._rows_after, asyncio.Event(), asyncio.Event()

        def take_away() -> None:
            Participant.objects.filter(role="agent").update(left_at=timezone.now())
            tell_agents_changed(Participant.objects.values_list("agent_id", flat=True))

        async def slowly(*arguments: Any) -> Any:
            reading.set()
            await go_on.wait()
            return await read(*arguments)

        async with desk(open_, maya) as socket:
            monkeypatch.setattr(event_stream, "_rows_after", slowly)
            await socket.say("follow", conversation=conversation.pk, after=0)
            await asyncio.wait_for(reading.wait(), 5)
            await in_thread(take_away)()
            assert (await socket.get("cards"))["cards"] == []
            go_on.set()
            assert await socket.communicator.receive_nothing(0.3)
