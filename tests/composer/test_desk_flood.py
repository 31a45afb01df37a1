"""A desk that sends far too much: the work that this makes is bounded. One that comes back is never taken for one."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest
from channels.db import database_sync_to_async as in_thread

from accounts.models import Company, User
from composer.desk import services
from composer.desk.socket import consumers, database
from composer.models import Draft
from composer.suggestions import quicksearch
from conversations import message_batcher as message_batcher_module
from conversations.models import Conversation
from conversations.rates import Rate
from tests.composer.conftest import place
from tests.composer.desks import desk
from tests.factories import make_list
from tests.gates import gate
from tests.sockets import PATIENCE_S

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_engine]

TOO_MANY_FRAMES = 1008
FEW = 40
# Of what is asked for at once: one that runs, and one more.
MAX_RUNS = 2


@pytest.fixture
def conversation(company: Company, maya: User) -> Conversation:
    make_list(company, "Your order is on its way.", "You are welcome.")
    return place(company, "one", status="live", agent=maya.username)


class TestWork:
    async def test_echoes_are_answered_each_and_look_once(
        self, open_: Any, maya: User, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(consumers, "LOOK_EVERY_S", 0)
        async with desk(open_, maya) as socket:
            looks = gate(monkeypatch, database, "on_desk")
            for n in range(FEW):
                await socket.say("echo", n=n)
            await socket.get("echo", n=FEW - 1)
            looks.open()
            await socket.send(conversation, "Hello")
            await socket.get("stored")
            await looks.called()
            assert looks.calls <= MAX_RUNS

    @pytest.mark.usefixtures("conversation")
    async def test_so_are_looks_at_the_login(self, open_: Any, maya: User, monkeypatch: pytest.MonkeyPatch) -> None:
        async with desk(open_, maya) as socket:
            looks = gate(monkeypatch, database, "login_of")
            for n in range(FEW):
                await socket.say("echo", n=n)
            await socket.get("echo", n=FEW - 1)
            looks.open()
            await socket.hello()
            await looks.called()
            assert looks.calls <= MAX_RUNS

    async def test_hellos_that_wait_are_one(
        self, open_: Any, maya: User, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with desk(open_, maya) as socket:
            reads = gate(monkeypatch, database, "cards_for")
            for _ in range(FEW):
                await socket.say("hello", resume={conversation.pk: 0})
            await socket.say("echo", n=1)
            await socket.get("echo", n=1)
            reads.open()
            await socket.get("welcome")
            await socket.send(conversation, "Hello")
            await socket.get("stored")
            assert 1 <= reads.calls <= MAX_RUNS

    async def test_the_newest_term_is_looked_for(
        self, open_: Any, maya: User, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with desk(open_, maya) as socket:
            searches = gate(monkeypatch, quicksearch, "search")
            for n in range(FEW):
                await socket.say("search", conversation=conversation.pk, n=n, term="order")
            await socket.say("echo", n=1)
            await socket.get("echo", n=1)
            searches.open()
            assert (await socket.get("found", n=FEW - 1))["rows"]
            assert 1 <= searches.calls <= MAX_RUNS

    async def test_the_newest_draft_is_stored(
        self, open_: Any, maya: User, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with desk(open_, maya) as socket:
            writes = gate(monkeypatch, services, "keep_draft")
            for revision in range(1, FEW):
                await socket.say("draft", conversation=conversation.pk, text=f"Draft {revision}", revision=revision)
            await socket.say("echo", n=1)
            await socket.get("echo", n=1)
            writes.open()
            await socket.get("draft", revision=FEW - 1)
            assert 1 <= writes.calls <= MAX_RUNS
            assert (await in_thread(Draft.objects.get)()).text == f"Draft {FEW - 1}"

    async def test_so_many_messages_wait_and_then_no_frame_is_read(
        self, open_: Any, maya: User, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        go_on, waiting = asyncio.Event(), []
        store = message_batcher_module.MessageBatcher.store

        async def slow(self: Any, sending: Any) -> Any:
            waiting.append(sending)
            await go_on.wait()
            return await store(self, sending)

        async with desk(open_, maya) as socket:
            monkeypatch.setattr(message_batcher_module.MessageBatcher, "store", slow)
            for number in range(FEW):
                await socket.send(conversation, f"Message {number}")
            await socket.say("echo", n=1)
            for _ in range(50):
                await asyncio.sleep(0)
            assert 0 < len(waiting) <= consumers.DeskConsumer.max_tasks
            assert await socket.communicator.receive_nothing(0.1)
            go_on.set()
            for _ in range(FEW):
                await socket.get("stored")
            await socket.get("echo", n=1)


class TestFrames:
    @pytest.mark.parametrize("text", ["not JSON", '{"t": "echo", "n": 1}', '{"t": "type", "n": 1}'])
    async def test_above_the_limit_the_line_ends(
        self, open_: Any, maya: User, monkeypatch: pytest.MonkeyPatch, text: str
    ) -> None:
        monkeypatch.setattr(consumers, "FRAME_RATE", Rate(per_second=1, burst=20))
        async with desk(open_, maya) as socket:
            for _ in range(FEW):
                await socket.communicator.send_to(text_data=text)
            assert await socket.closed() == TOO_MANY_FRAMES

    async def test_a_desk_that_comes_back_with_300_conversations_is_let_in(
        self, open_: Any, maya: User, conversation: Conversation
    ) -> None:
        """Each followed, with a draft and a message of its outbox: whoever has them sends them at once."""
        async with desk(open_, maya) as socket:
            for number in range(300):
                await socket.say("follow", conversation=conversation.pk, after=0)
                await socket.say("draft", conversation=conversation.pk, text="a", revision=number)
                await socket.say("type", conversation=conversation.pk, n=number, text="")
            await socket.say("echo", n=1)
            await socket.get("echo", n=1)

    async def test_bad_ones_are_logged_once_and_counted(
        self, open_: Any, maya: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, "composer.desk.socket.consumers")
        async with desk(open_, maya) as socket:
            for number in range(FEW):
                await socket.communicator.send_to(text_data=json.dumps({"t": f"kind {number}"}))
            for _ in range(FEW):
                await socket.get("error")
            assert [row.count for row in caplog.records] == [1]
            await socket.communicator.disconnect(timeout=PATIENCE_S)
            assert [row.count for row in caplog.records] == [1, FEW - 1]


class TestOtherWordsUnderTheSameId:
    async def test_they_are_refused(self, open_: Any, maya: User, conversation: Conversation) -> None:
        async with desk(open_, maya) as socket:
            client_id = await socket.send(conversation, "It is on its way.")
            await socket.get("stored")
            await socket.send(conversation, "It is lost.", client_id=client_id)
            assert (await socket.get("refused", client_id=client_id))["code"] == "conflict"
            await socket.send(conversation, "It is on its way.", client_id=client_id)
            row = (await socket.get("stored", client_id=client_id))["row"]
            assert row["message"]["text"] == "It is on its way."
