"""The address and the id of a socket, in every thread in which its frames are handled, and in no other socket's."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator

from accounts.request_context import NONE, RequestContext, current, request_context
from composer.desk.socket import heartbeat
from conversations import message_batcher, session_watch
from conversations.session_watch import SessionWatch, in_watch_thread
from conversations.sockets import FrameConsumer
from conversations.threads import in_visitor_thread
from tests.sockets import PATIENCE_S

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = {
    "in_thread": database_sync_to_async(current),
    "aside": database_sync_to_async(current, thread_sensitive=False),
    "visitors": in_visitor_thread(current),
    "watch": in_watch_thread(current),
}
HERE = RequestContext("203.0.113.7", "socket-one")


class Mirror(FrameConsumer):
    """Answers each frame with its origin, as each thread and a task of the socket see it."""

    async def connect(self) -> None:
        await self.accept()

    async def disconnect(self, code: int) -> None:  # noqa: ARG002 the signature of channels
        self.stop_tasks()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:  # noqa: ARG002
        await self.run(self._answer())

    async def _answer(self) -> None:
        seen = {name: await thread() for name, thread in THREADS.items()} | {"loop": current()}
        await self.say({name: [context.ip, context.request_id] for name, context in seen.items()})


async def connect(address: str, consumer: type[Mirror] = Mirror, **headers: str) -> WebsocketCommunicator:
    communicator = WebsocketCommunicator(
        consumer.as_asgi(), "/", [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    )
    communicator.scope["client"] = (address, 4711)
    assert (await communicator.connect(timeout=PATIENCE_S))[0]
    return communicator


async def origins(communicator: WebsocketCommunicator) -> set[tuple[str, str]]:
    await communicator.send_to(text_data="{}")
    seen = await communicator.receive_json_from(timeout=PATIENCE_S)
    assert seen.keys() == {*THREADS, "loop"}
    return {(ip, request_id) for ip, request_id in seen.values()}


async def test_every_thread_sees_the_origin_of_its_own_socket(settings: Any) -> None:
    settings.TRUST_PROXY = True
    one = await connect("203.0.113.1", x_request_id="socket-0001")
    other = await connect("203.0.113.2", x_request_id="socket-0002")
    for _ in range(3):
        both = await asyncio.gather(origins(one), origins(other))
        assert both == [{("203.0.113.1", "socket-0001")}, {("203.0.113.2", "socket-0002")}]
    for socket in (one, other):
        await socket.disconnect(timeout=PATIENCE_S)


async def test_a_unix_socket_has_no_address() -> None:
    socket = await connect("/run/desk.sock")
    [(ip, request_id)] = await origins(socket)
    assert (ip, len(request_id)) == (None, 36)
    await socket.disconnect(timeout=PATIENCE_S)


class TestSharedTasks:
    """What serves many sockets must not keep the origin of the one that came first."""

    async def test_a_task_that_starts_in_anothers_moment(self) -> None:
        """As where a hint is handed over by the socket that caused it."""
        seen: asyncio.Queue[RequestContext] = asyncio.Queue()
        sockets: list[Mirror] = []

        class Watched(Mirror):
            async def connect(self) -> None:
                sockets.append(self)
                await super().connect()

        async def look() -> None:
            seen.put_nowait(current())

        one = await connect("203.0.113.1", Watched)
        with request_context(HERE):
            sockets[0].start(look())
        assert (await asyncio.wait_for(seen.get(), PATIENCE_S)).ip == "203.0.113.1"
        await one.disconnect(timeout=PATIENCE_S)

    async def test_the_batches_of_messages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[RequestContext] = []

        def store_all(messages: Sequence[str]) -> list[str]:
            seen.append(current())
            return list(messages)

        monkeypatch.setattr(message_batcher, "store_all", store_all)
        with request_context(HERE):
            assert await message_batcher.MessageBatcher().store("a message") == "a message"  # type: ignore[arg-type]
        assert seen == [NONE]

    async def test_the_checks_of_sessions(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: asyncio.Queue[RequestContext] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def ended(sessions: Collection[str]) -> Collection[str]:  # noqa: ARG001
            loop.call_soon_threadsafe(seen.put_nowait, current())
            return ()

        class Socket:
            async def session_may_have_ended(self) -> None:
                """Never called."""

        monkeypatch.setattr(session_watch, "LOOK_EVERY_S", 0.01)
        watch, socket = SessionWatch(ended), Socket()
        with request_context(HERE):
            watch.add(socket, "a session")
            assert await asyncio.wait_for(seen.get(), PATIENCE_S) == NONE
        watch.discard(socket)

    async def test_the_heartbeat(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: asyncio.Queue[RequestContext] = asyncio.Queue()

        async def desks_seen(pks: Collection[str]) -> set[str]:  # noqa: ARG001
            seen.put_nowait(current())
            return set()

        monkeypatch.setattr(heartbeat, "BEAT_S", 0.01)
        monkeypatch.setattr(heartbeat, "_desks_seen", desks_seen)
        beating, desk = heartbeat.Heartbeat(), heartbeat.DeskConnection(pk="d1")
        with request_context(HERE):
            beating.add(desk)
            assert await asyncio.wait_for(seen.get(), PATIENCE_S) == NONE
        await beating.remove(desk)
