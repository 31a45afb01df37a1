"""A visitor who sends far too much: the work for it is limited, and other visitors do not notice."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from channels.db import database_sync_to_async as in_thread
from channels.testing import WebsocketCommunicator
from django.test import Client
from pytest_django import Settings

from accounts.models import Company
from asapp_site.routing import websockets
from conversations.models import Conversation, Message
from conversations.rates import Rate
from safety.models import RedactionRule, RuleKind
from tests.gates import gate
from tests.sockets import PATIENCE_S
from tests.widget.conftest import company_with, start, visitor
from tests.widget.test_chat_socket import Socket
from widget import consumers
from widget.admission import FRAME_RATE, REPLACED_BY_NEWER_SOCKET, admission, network_of
from widget.cookies import COOKIE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_engine]

TOO_MANY_FRAMES, ADDRESS_IS_FULL = 1008, 4429
# Reloads that several frames at once may cause: one that runs, and one more.
MAX_RELOADS = 2
FEW = 40  # frames, fewer than the limit
FLOOD = int(FRAME_RATE.burst) * 2


@pytest.fixture
def company() -> Company:
    """A company with one queue, so that the form does not ask for one."""
    return company_with("billing")


@pytest.fixture
async def open_() -> AsyncIterator[Any]:
    opened: list[WebsocketCommunicator] = []

    async def connect(browser: Client, address: str = "") -> Socket:
        cookie = browser.cookies[COOKIE].value
        headers = [(b"origin", b"http://localhost"), (b"cookie", f"{COOKIE}={cookie}".encode())]
        communicator = WebsocketCommunicator(websockets, "/chat/acme/socket", headers)
        if address:
            communicator.scope["client"] = [address, 50_000]
        await communicator.connect(timeout=PATIENCE_S)
        opened.append(communicator)
        return Socket(communicator)

    yield connect
    for communicator in opened:
        await communicator.disconnect(timeout=PATIENCE_S)


@pytest.fixture
def slow_refill(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refill the allowance so slowly that a flood stays one on a slow machine."""
    monkeypatch.setattr("widget.admission.FRAME_RATE", Rate(per_second=0.01, burst=FRAME_RATE.burst))


class TestReloads:
    async def test_many_echoes_at_once_are_all_answered_and_reload_once(
        self, open_: Any, nora: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(consumers, "MIN_RELOAD_INTERVAL_S", 0)
        socket = await open_(nora)
        await socket.hello()
        await socket.get("rows")
        looks = gate(monkeypatch, consumers, "visitor_of")
        for n in range(FEW):
            await socket.say("echo", n=n)
        await socket.get("echo", n=FEW - 1)
        looks.open()
        await socket.send(await in_thread(lambda: visitor(nora).conversation)(), "Hello")
        await socket.get("stored")
        await looks.called()
        assert looks.calls <= MAX_RELOADS

    async def test_echoes_reload_at_most_every_few_seconds(
        self, open_: Any, nora: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        socket = await open_(nora)
        await socket.hello()
        await socket.get("rows")
        monkeypatch.setattr(consumers, "MIN_RELOAD_INTERVAL_S", 3600)
        looks = gate(monkeypatch, consumers, "visitor_of")
        looks.open()
        for n in range(FEW):
            await socket.say("echo", n=n)
            await socket.get("echo", n=n)
        await socket.send(await in_thread(lambda: visitor(nora).conversation)(), "Hello")
        await socket.get("stored")
        await looks.called()
        assert looks.calls == 1

    async def test_hellos_that_wait_are_answered_together(
        self, open_: Any, nora: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        socket = await open_(nora)
        await socket.hello()
        looks = gate(monkeypatch, consumers, "visitor_of")
        for _ in range(FEW):
            await socket.say("hello")
        await socket.say("echo", n=1)
        await socket.get("echo", n=1)
        looks.open()
        await socket.get("welcome")
        await socket.send(await in_thread(lambda: visitor(nora).conversation)(), "Hello")
        await socket.get("stored")
        await looks.called()
        assert looks.calls <= MAX_RELOADS + 1  # and that of the echo

    async def test_a_visitors_reload_does_not_wait_for_the_agents_thread(self, open_: Any, nora: Client) -> None:
        socket = await open_(nora)
        is_busy, go_on = threading.Event(), threading.Event()

        def work() -> None:
            is_busy.set()
            go_on.wait(20)

        busy = asyncio.create_task(in_thread(work)())
        await asyncio.to_thread(is_busy.wait)
        try:
            await socket.hello()
            assert not busy.done()
        finally:
            go_on.set()
            await busy


class TestFrames:
    @pytest.mark.parametrize(
        "frame",
        [
            {"text_data": '{"t": "echo", "n": 1}'},
            {"text_data": '{"t": "hello"}'},
            {"text_data": '{"t": "typing", "text": "a"}'},
            {"text_data": "not JSON"},
            {"bytes_data": b"\x00\xff"},
        ],
        ids=["echo", "hello", "typing", "broken", "binary"],
    )
    @pytest.mark.usefixtures("slow_refill")
    async def test_too_many_frames_close_the_socket(self, open_: Any, nora: Client, frame: dict[str, Any]) -> None:
        socket = await open_(nora)
        for _ in range(FLOOD):
            await socket.communicator.send_to(**frame)
        assert await socket.closed() == TOO_MANY_FRAMES

    @pytest.mark.usefixtures("slow_refill")
    async def test_a_new_socket_has_no_new_allowance(self, open_: Any, nora: Client) -> None:
        first = await open_(nora)
        for n in range(FLOOD):
            await first.say("echo", n=n)
        assert await first.closed() == TOO_MANY_FRAMES
        assert await (await open_(nora)).closed() == TOO_MANY_FRAMES

    async def test_bad_frames_are_logged_once_and_counted(
        self, open_: Any, nora: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, "widget.consumers")
        socket = await open_(nora)
        for _ in range(FEW):
            await socket.communicator.send_to(text_data="not JSON")
        for _ in range(FEW):
            await socket.get("error")
        assert [row.count for row in caplog.records] == [1]
        await socket.communicator.disconnect(timeout=PATIENCE_S)
        assert [row.count for row in caplog.records] == [1, FEW - 1]


class TestSockets:
    async def test_the_oldest_of_too_many_sockets_is_closed(self, open_: Any, nora: Client, settings: Settings) -> None:
        settings.CHAT_SOCKETS_PER_VISITOR = 2
        oldest, second = await open_(nora), await open_(nora)
        newest = await open_(nora)
        assert await oldest.closed() == REPLACED_BY_NEWER_SOCKET
        for socket in (second, newest):
            await socket.hello()

    async def test_the_sockets_of_an_address_are_limited(
        self, open_: Any, nora: Client, company: Company, settings: Settings
    ) -> None:
        settings.CHAT_SOCKETS_PER_ADDRESS = 1
        first = await open_(nora, "192.0.2.7")
        await first.hello()
        other = await in_thread(start)(company)
        assert await (await open_(other, "192.0.2.7")).closed() == ADDRESS_IS_FULL
        await (await open_(other, "192.0.2.8")).hello()
        await first.communicator.disconnect(timeout=PATIENCE_S)
        await (await open_(other, "192.0.2.7")).hello()

    async def test_a_closed_socket_is_not_counted(self, open_: Any, nora: Client) -> None:
        socket = await open_(nora, "192.0.2.9")
        await socket.hello()
        await socket.communicator.disconnect(timeout=PATIENCE_S)
        assert admission._addresses["192.0.2.9"].sockets == []

    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
            ("unknown", "unknown"),
            ("", ""),
        ],
    )
    def test_a_customers_network_is_one_address(self, address: str, network: str) -> None:
        assert network_of(address) == network


class TestAddresses:
    async def test_messages_of_an_address_are_counted_over_its_visitors(
        self, open_: Any, nora: Client, company: Company, settings: Settings
    ) -> None:
        settings.CHAT_MESSAGES_PER_ADDRESS = 2
        other = await in_thread(start)(company)
        for browser, address, t in [
            (nora, "192.0.2.7", "stored"),
            (other, "192.0.2.7", "stored"),
            (nora, "192.0.2.7", "refused"),
            (nora, "192.0.2.8", "stored"),
        ]:
            socket = await open_(browser, address)
            await socket.hello()
            await socket.send(await in_thread(lambda browser=browser: visitor(browser).conversation)(), "Hello")
            await socket.get(t)
        assert await in_thread(Message.objects.count)() == 3

    def test_no_chat_starts_at_an_address_with_too_many_open_ones(self, company: Company, settings: Settings) -> None:
        settings.CHAT_OPEN_PER_ADDRESS = 2
        first, second = start(company), start(company)
        late = Client()
        late.get("/chat/acme")
        response = late.post("/chat/acme", {"name": "Late"})
        assert response.status_code == 429
        assert "Too many chats are open from your network" in response.content.decode()
        assert Conversation.objects.count() == 2
        # Visitors with an open chat keep it, and ending one makes room.
        assert second.post("/chat/acme", {"name": "Nora"}).status_code == 303
        assert first.post("/chat/acme/end").status_code == 303
        assert late.post("/chat/acme", {"name": "Late"}).status_code == 303


class TestAnotherTextUnderTheSameId:
    async def test_it_is_refused_and_the_stored_one_stays(
        self, open_: Any, nora: Client, conversation: Conversation
    ) -> None:
        socket = await open_(nora)
        await socket.hello()
        client_id = await socket.send(conversation, "Please cancel my order")
        await socket.get("stored")
        await socket.send(conversation, "Please double my order", client_id=client_id)
        refused = await socket.get("refused")
        assert (refused["client_id"], refused["code"]) == (client_id, "conflict")
        again = await open_(nora)
        await again.hello()
        await again.send(conversation, "Please double my order", client_id=client_id)
        assert (await again.get("refused"))["code"] == "conflict"
        await again.hello(conversation=conversation.pk, resume=0)
        texts = [
            row["message"]["text"] for row in await again.rows_to(conversation.last_sequence + 1) if "message" in row
        ]
        assert set(texts) == {"Please cancel my order"}

    async def test_the_same_text_is_accepted_though_a_redaction_rule_has_changed(
        self, open_: Any, nora: Client, conversation: Conversation
    ) -> None:
        socket = await open_(nora)
        await socket.hello()
        client_id = await socket.send(conversation, "I am nora@example.com")
        stored = await socket.get("stored")
        await in_thread(lambda: RedactionRule.objects.filter(kind=RuleKind.EMAIL).delete())()
        await socket.send(conversation, "I am nora@example.com", client_id=client_id)
        again = await socket.get("stored")
        assert again["row"]["sequence"] == stored["row"]["sequence"]
        await socket.send(conversation, "I am evil@example.com", client_id=client_id)
        assert (await socket.get("refused"))["code"] == "conflict"
