"""Versions and hints that leave in one trip, clients, and what happens where Redis does not take them."""

from __future__ import annotations

import asyncio
import logging
import uuid
from typing import Any

import pytest
import redis
from channels.layers import get_channel_layer

from caching import channel_layer, clients, versions
from caching.channel_layer import invalidate_and_send, send_hint
from caching.clients import async_client, connect, key, sync_client
from caching.versions import CacheKey, cache_key
from tests.sockets import PATIENCE_S

NOWHERE = "unix:///nowhere/redis.sock?db=0"


@pytest.fixture
def keys() -> list[CacheKey]:
    return [cache_key("test", uuid.uuid4()) for _ in range(2)]


async def member(*groups: str) -> str:
    layer = get_channel_layer()
    channel: str = await layer.new_channel()
    for group in groups:
        await layer.group_add(group, channel)
    return channel


async def heard(channel: str) -> dict[str, Any]:
    message: dict[str, Any] = await asyncio.wait_for(get_channel_layer().receive(channel), PATIENCE_S)
    return message


class TestHints:
    async def test_whoever_hears_of_a_change_finds_its_version_replaced(self, keys: list[CacheKey]) -> None:
        before = await asyncio.to_thread(versions.read, keys)
        channel = await member("one")
        await asyncio.to_thread(invalidate_and_send, keys, [("one", {"type": "changed"})])
        assert await heard(channel) == {"type": "changed"}
        after = await asyncio.to_thread(versions.read, keys)
        assert all(after[key_] != before[key_] for key_ in keys)

    async def test_each_hint_goes_to_its_group_in_their_order(self) -> None:
        one, both = await member("one"), await member("one", "two")
        hints = [(group, {"type": f"{group} {number}"}) for number in range(3) for group in ("one", "two")]
        await asyncio.to_thread(invalidate_and_send, (), hints)
        assert [(await heard(one))["type"] for _ in range(3)] == ["one 0", "one 1", "one 2"]
        assert [(await heard(both))["type"] for _ in range(6)] == [hint["type"] for _, hint in hints]

    async def test_a_group_without_members_costs_nothing(self) -> None:
        await asyncio.to_thread(send_hint, "nobody", {"type": "lost"})
        channel = await member("nobody")
        await asyncio.to_thread(send_hint, "nobody", {"type": "heard"})
        assert await heard(channel) == {"type": "heard"}

    @pytest.mark.parametrize(
        "value", ["", "naïve 👍", "\x00", 2**40, 1.5, None, True, [1, "a", None], {"a": {"b": []}}], ids=repr
    )
    async def test_what_a_hint_carries_arrives_as_it_was(self, value: Any) -> None:
        channel = await member("one")
        await asyncio.to_thread(send_hint, "one", {"type": "fact", "value": value})
        assert await heard(channel) == {"type": "fact", "value": value}


class TestWithoutRedis:
    @pytest.fixture
    def pending(self, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
        """Redis is away; the invalidations that were kept."""
        kept: list[list[str]] = []
        unreachable = connect(NOWHERE)
        monkeypatch.setattr(channel_layer, "sync_client", lambda: unreachable)
        monkeypatch.setattr(versions, "add_pending", lambda names, _: kept.append(list(names)))
        return kept

    def test_a_hint_is_lost_with_a_warning_and_an_invalidation_is_kept(
        self, keys: list[CacheKey], pending: list[list[str]], caplog: pytest.LogCaptureFixture
    ) -> None:
        invalidate_and_send(keys, [("one", {"type": "changed"}), ("two", {"type": "changed"})])
        assert pending == [keys]
        [record] = caplog.records
        assert (record.levelno, record.groups) == (logging.WARNING, ["one", "two"])  # type: ignore[attr-defined]

    def test_a_hint_alone_leaves_nothing_pending(self, pending: list[list[str]]) -> None:
        send_hint("one", {"type": "changed"})
        assert pending == []

    def test_a_desk_that_does_not_run_loses_nothing_worth_a_word(
        self,
        keys: list[CacheKey],
        pending: list[list[str]],
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        monkeypatch.setattr(versions, "is_desk_stopped", lambda: True)
        invalidate_and_send(keys, [("one", {"type": "changed"})])
        assert pending == []
        assert caplog.records == []


class TestClients:
    def test_a_process_has_one_and_every_thread_may_use_it(self) -> None:
        assert sync_client() is sync_client()
        name = key("test", uuid.uuid4())
        sync_client().set(name, b"x", ex=60)
        assert sync_client().get(name) == b"x"

    async def test_each_loop_has_its_own(self) -> None:
        here = async_client()
        assert async_client() is here

        async def elsewhere() -> bool:
            other = async_client()
            try:
                return other is not here and bool(await other.ping())
            finally:
                clients._by_loop.pop(asyncio.get_running_loop())
                await other.aclose()

        assert await asyncio.to_thread(asyncio.run, elsewhere())

    def test_a_server_that_is_not_there_is_given_up_soon(self) -> None:
        with pytest.raises(redis.ConnectionError):
            connect(NOWHERE).ping()

    @pytest.mark.parametrize(
        ("parts", "name"), [(("stamp", "conversation:1"), "stamp:conversation:1"), ((1, "a"), "1:a"), ((), "")]
    )
    def test_every_key_begins_with_the_desks_prefix(self, settings: Any, parts: tuple[object, ...], name: str) -> None:
        settings.REDIS_PREFIX = "desk-7"
        assert key(*parts) == f"desk-7:{name}".rstrip(":")
