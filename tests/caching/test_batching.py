"""One Redis trip for all who wait: each gets its own versions and its own rank."""

from __future__ import annotations

import asyncio
import uuid

import pytest
import redis

from caching import clients, versions
from caching.batching import COUNTER_LIFETIME_S, RedisBatcher, batcher


async def test_readers_share_trips_and_each_gets_its_own_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [versions.cache_key("test", uuid.uuid4()) for _ in range(3)]
    for number, name in enumerate(names):
        clients.sync_client().set(versions.version_key(name), b"%d" % number, ex=60)
    counter = clients.key("rate", uuid.uuid4())
    made = 0
    read_batch = RedisBatcher._read_batch

    async def counted(self: RedisBatcher, requests: list[object]) -> None:
        nonlocal made
        made += 1
        await read_batch(self, requests)  # type: ignore[arg-type]

    monkeypatch.setattr(RedisBatcher, "_read_batch", counted)
    answers = await asyncio.gather(*(batcher().read([names[n % 3], names[0]], counter=counter) for n in range(60)))
    for n, (seen, _) in enumerate(answers):
        assert (seen[names[n % 3]], seen[names[0]]) == (b"%d" % (n % 3), b"0")
    assert sorted(rank for _, rank in answers) == list(range(1, 61)), "each call has its own rank"
    assert made <= 3
    assert 0 < clients.sync_client().ttl(counter) <= COUNTER_LIFETIME_S


async def test_no_counter_and_no_key() -> None:
    assert await batcher().read([]) == ({}, 0)


async def test_every_reader_hears_of_a_lost_redis(settings: pytest.FixtureRequest) -> None:
    settings.REDIS_URL = "unix:///nonexistent/redis.sock"  # type: ignore[attr-defined]
    lost = RedisBatcher()
    answers = await asyncio.gather(
        *(lost.read([versions.cache_key("test", n)]) for n in range(5)), return_exceptions=True
    )
    assert all(isinstance(answer, redis.RedisError) for answer in answers)
