"""The channel layer after Redis was away: whoever listens is told, and hears again."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from channels.layers import get_channel_layer

from caching.channel_layer import RESUBSCRIBED, send_hint
from tests.conftest import OwnRedis

in_thread = asyncio.to_thread


async def listener(*groups: str) -> str:
    layer = get_channel_layer()
    channel: str = await layer.new_channel()
    for group in groups:
        await layer.group_add(group, channel)
    return channel


async def heard(channel: str) -> dict[str, Any]:
    message: dict[str, Any] = await asyncio.wait_for(get_channel_layer().receive(channel), 10)
    return message


async def test_a_thread_tells_a_group() -> None:
    channel = await listener("one", "two")
    await in_thread(send_hint, "two", {"type": "fact"})
    assert await heard(channel) == {"type": "fact"}


async def test_after_a_restart_each_is_told_once_and_hears_again(own_redis: OwnRedis) -> None:
    channels = [await listener("one", f"own {number}") for number in range(3)]
    await in_thread(send_hint, "one", {"type": "before"})
    for channel in channels:
        assert await heard(channel) == {"type": "before"}, "the first subscription is told to nobody"
    for _ in range(2):
        await in_thread(own_redis.stop)
        await in_thread(send_hint, "one", {"type": "lost"})
        await in_thread(own_redis.start)
        for channel in channels:
            assert await heard(channel) == {"type": RESUBSCRIBED}
        await in_thread(send_hint, "one", {"type": "after"})
        for channel in channels:
            assert await heard(channel) == {"type": "after"}


async def test_who_left_meanwhile_hears_nothing(own_redis: OwnRedis, caplog: pytest.LogCaptureFixture) -> None:
    staying, leaving = await listener("one"), await listener("one", "two")
    await in_thread(own_redis.stop)
    with caplog.at_level(logging.WARNING):
        await get_channel_layer().group_discard("two", leaving)
    await get_channel_layer().group_discard("one", leaving)
    await in_thread(own_redis.start)
    assert await heard(staying) == {"type": RESUBSCRIBED}
    assert await heard(leaving) == {"type": RESUBSCRIBED}
    for group in ("one", "two"):
        await in_thread(send_hint, group, {"type": "fact"})
    assert await heard(staying) == {"type": "fact"}
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(get_channel_layer().receive(leaving), 0.2)
    assert "unsubscribed without Redis" in caplog.text
