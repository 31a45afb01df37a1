"""What both sides' sockets do alike."""

from __future__ import annotations

from typing import Any

import pytest
from autobahn.exception import Disconnected

from conversations.sockets import FrameConsumer


async def test_nothing_is_said_to_a_line_that_has_just_closed() -> None:
    tried: list[Any] = []

    async def closed(message: Any) -> None:
        tried.append(message)
        raise Disconnected("Attempt to send on a closed protocol")

    consumer = FrameConsumer()
    consumer.base_send = closed
    await consumer.say({"t": "echo", "n": 1})
    assert tried == [{"type": "websocket.send", "text": '{"t":"echo","n":1}'}]


async def test_other_failures_are_told() -> None:
    async def broken(_: Any) -> None:
        raise RuntimeError

    consumer = FrameConsumer()
    consumer.base_send = broken
    with pytest.raises(RuntimeError):
        await consumer.say({"t": "echo", "n": 1})
