"""The consumer without Channels' detours: frames one after the other, hints beside them, and a clean end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from channels.exceptions import StopConsumer
from channels.layers import get_channel_layer

from caching.sockets import LowLatencyConsumer
from tests.sockets import PATIENCE_S

CLOSED = {"type": "websocket.disconnect", "code": 1000}


class Page(LowLatencyConsumer):
    """Writes down what it is handed. A frame "wait" waits for `gate`."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[str] = []
        self.gate = asyncio.Event()
        self.changed = asyncio.Event()

    def _note(self, what: str) -> None:
        self.log.append(what)
        self.changed.set()

    async def websocket_connect(self, _: object) -> None:
        await self.channel_layer.group_add("pages", self.channel_name)
        self._note("connect")

    async def websocket_disconnect(self, _: object) -> None:
        await self.channel_layer.group_discard("pages", self.channel_name)
        self._note("disconnect")
        raise StopConsumer

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        self._note(f"begin {text_data or bytes_data}")
        if text_data == "wait":
            await self.gate.wait()
        if text_data == "fail":
            raise ValueError("a handler failed")
        if text_data == "deaf":
            self._listens = False
        self._note(f"end {text_data or bytes_data}")

    async def page_hint(self, message: dict[str, Any]) -> None:
        if message["n"] == 50:
            await self.gate.wait()
        self._note(f"hint {message['n']}")

    def page_hint_at_once(self, message: dict[str, Any]) -> bool:
        if message["n"] == 51:
            raise ValueError("a handler failed")
        if message["n"] < 100:
            return False
        self._note(f"at once {message['n']}")
        return True


class Line:
    """The server's side of one socket."""

    def __init__(self) -> None:
        self.page = Page()
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.task = asyncio.create_task(self.page({"type": "websocket"}, self.incoming.get, self._send))
        self.incoming.put_nowait({"type": "websocket.connect"})

    async def _send(self, message: dict[str, Any]) -> None:
        raise AssertionError(f"nobody answers here: {message}")

    def frame(self, text: str | None = None, data: bytes | None = None) -> None:
        self.incoming.put_nowait({"type": "websocket.receive", "text": text, "bytes": data})

    async def hint(self, number: int) -> None:
        await get_channel_layer().group_send("pages", {"type": "page.hint", "n": number})

    def hand_out(self, *numbers: int) -> None:
        get_channel_layer().hand_out([("pages", {"type": "page.hint", "n": number}) for number in numbers])

    async def until(self, what: str) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while what not in self.page.log:
                self.page.changed.clear()
                await self.page.changed.wait()

    async def close(self) -> list[str]:
        """What was written down after the connect."""
        self.incoming.put_nowait(CLOSED)
        await asyncio.wait_for(self.task, PATIENCE_S)
        assert self.page.log[0] == "connect"
        return self.page.log[1:]


async def connected() -> Line:
    line = Line()
    await line.until("connect")
    return line


async def test_frames_are_handled_one_after_the_other() -> None:
    line = await connected()
    for text in ("wait", "two"):
        line.frame(text)
    await line.until("begin wait")
    await asyncio.sleep(0)
    line.page.gate.set()
    assert await line.close() == ["begin wait", "end wait", "begin two", "end two", "disconnect"]


async def test_text_and_bytes_are_handed_on() -> None:
    line = await connected()
    line.frame("text")
    line.frame(None, b"bytes")
    assert await line.close() == ["begin text", "end text", "begin b'bytes'", "end b'bytes'", "disconnect"]


async def test_a_hint_is_handled_while_a_frame_waits() -> None:
    line = await connected()
    line.frame("wait")
    await line.until("begin wait")
    await line.hint(1)
    await line.until("hint 1")
    line.page.gate.set()
    assert await line.close() == ["begin wait", "hint 1", "end wait", "disconnect"]


async def test_hints_come_in_their_order() -> None:
    line = await connected()
    for number in range(20):
        await line.hint(number)
    await line.until("hint 19")
    assert await line.close() == [*(f"hint {number}" for number in range(20)), "disconnect"]


async def test_who_does_not_listen_any_more_is_handed_nothing() -> None:
    line = await connected()
    for text in ("deaf", "unheard"):
        line.frame(text)
    await line.until("end deaf")
    await line.hint(1)
    assert await line.close() == ["begin deaf", "end deaf", "disconnect"]


async def test_a_frame_whose_handler_fails_ends_the_socket() -> None:
    line = await connected()
    line.frame("fail")
    line.frame("never")
    with pytest.RaisesGroup(ValueError):
        await asyncio.wait_for(line.task, PATIENCE_S)
    assert line.page.log == ["connect", "begin fail"]


async def test_a_hint_that_nobody_handles_ends_the_socket() -> None:
    line = await connected()
    await get_channel_layer().group_send("pages", {"type": "page.unknown"})
    with pytest.RaisesGroup(AttributeError):
        await asyncio.wait_for(line.task, PATIENCE_S)


async def test_two_sockets_have_names_of_their_own() -> None:
    one, other = await connected(), await connected()
    assert one.page.channel_name != other.page.channel_name
    await one.close()
    await other.hint(1)
    await other.until("hint 1")
    await other.close()
    assert "hint 1" not in one.page.log


async def test_a_hint_that_need_not_wait_is_handled_at_once_and_none_overtakes_another() -> None:
    line = await connected()
    line.hand_out(100, 50, 101)
    await line.until("at once 100")
    line.hand_out(102)
    await asyncio.sleep(0.05)
    line.page.gate.set()
    await line.until("hint 102")
    line.hand_out(103)
    await line.until("at once 103")
    assert await line.close() == ["at once 100", "hint 50", "hint 101", "hint 102", "at once 103", "disconnect"]


async def test_a_hint_that_fails_at_once_takes_the_usual_way(caplog: pytest.LogCaptureFixture) -> None:
    line, other = await connected(), await connected()
    line.hand_out(51, 100)
    for each in (line, other):
        await each.until("hint 100")
        assert await each.close() == ["hint 51", "hint 100", "disconnect"]
    assert "a hint takes the slow way" in caplog.text


async def test_who_does_not_listen_takes_nothing_at_once() -> None:
    line = await connected()
    line.frame("deaf")
    await line.until("end deaf")
    line.hand_out(100)
    await asyncio.sleep(0.05)
    assert await line.close() == ["begin deaf", "end deaf", "disconnect"]
