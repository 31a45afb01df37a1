"""The channel layer after Redis was away: whoever listens is told, and hears again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import pytest
from channels.layers import get_channel_layer

from caching.channel_layer import HINTS_PER_TURN, RESUBSCRIBED, invalidate_and_send, send_hint
from caching.clients import sync_client
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


def send_as_another_process(*hints: tuple[str, Mapping[str, Any]]) -> None:
    layer = get_channel_layer()
    packed = [(group, layer.serialize(message)) for group, message in hints]
    sync_client().publish(layer.bundle_channel, layer.serialize({"from": "somebody else", "hints": packed}))


async def test_each_hint_comes_once_from_this_process_and_from_others() -> None:
    channel = await listener("one", "two")
    await in_thread(invalidate_and_send, (), [("one", {"type": "own 1"}), ("two", {"type": "own 2"})])
    others = [("one", {"type": "other 1"}), ("none", {"type": "lost"}), ("two", {"type": "other 2"})]
    await in_thread(send_as_another_process, *others)
    names = [(await heard(channel))["type"] for _ in range(4)]
    assert names == ["own 1", "own 2", "other 1", "other 2"]
    await get_channel_layer().group_send("two", {"type": "last"})
    assert await heard(channel) == {"type": "last"}


async def test_hints_of_others_are_heard_after_a_restart(own_redis: OwnRedis) -> None:
    channel = await listener("one")
    await in_thread(own_redis.stop)
    await in_thread(own_redis.start)
    assert await heard(channel) == {"type": RESUBSCRIBED}
    await in_thread(send_as_another_process, ("one", {"type": "after"}))
    assert await heard(channel) == {"type": "after"}


async def test_many_hints_keep_their_order_and_let_others_have_a_turn() -> None:
    channel = await listener("one")
    hints = [("one", {"type": "fact", "n": number}) for number in range(5 * HINTS_PER_TURN)]
    layer = get_channel_layer()
    layer.hand_out(hints[: 3 * HINTS_PER_TURN])
    layer.hand_out(hints[3 * HINTS_PER_TURN :])
    waiting = [0]
    while waiting[-1] < len(hints):
        await asyncio.sleep(0)
        waiting.append(layer.channels[channel].qsize())
    assert any(0 < count < len(hints) for count in waiting)
    assert [(await heard(channel))["n"] for _ in hints] == list(range(len(hints)))


async def test_who_takes_at_once_is_asked_while_nothing_waits() -> None:
    channel, taken = await listener("one"), []

    def at_once(message: Mapping[str, Any]) -> bool:
        taken.append(message["n"])
        return message["n"] != 2

    layer = get_channel_layer()
    layer.listen(channel, at_once)
    layer.hand_out([("one", {"type": "fact", "n": number}) for number in range(1, 5)])
    assert [(await heard(channel))["n"] for _ in range(3)] == [2, 3, 4]
    assert taken == [1, 2]
    layer.unlisten(channel)
    layer.hand_out([("one", {"type": "fact", "n": 5})])
    assert (await heard(channel))["n"] == 5
