"""One Redis trip for all who wait: right stamps to each, right places in the count."""

from __future__ import annotations

import asyncio
import uuid

import pytest
import redis

from freshness import clients, stamps
from freshness.trips import COUNTER_LIFETIME_S, Trips, trips


async def test_askers_share_trips_and_each_gets_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [stamps.topic("test", uuid.uuid4()) for _ in range(3)]
    for number, name in enumerate(names):
        clients.sync_client().set(stamps.stamp_key(name), b"%d" % number, ex=60)
    counter = clients.key("rate", uuid.uuid4())
    made = 0
    ask_redis = Trips._ask_redis

    async def counted(self: Trips, questions: list[object]) -> None:
        nonlocal made
        made += 1
        await ask_redis(self, questions)  # type: ignore[arg-type]

    monkeypatch.setattr(Trips, "_ask_redis", counted)
    answers = await asyncio.gather(*(trips().ask([names[n % 3], names[0]], counter=counter) for n in range(60)))
    assert [answer[0] for answer in answers] == [(b"%d" % (n % 3), b"0") for n in range(60)]
    assert sorted(answer[1] for answer in answers) == list(range(1, 61)), "each call has its own place"
    assert made <= 3
    assert 0 < clients.sync_client().ttl(counter) <= COUNTER_LIFETIME_S


async def test_no_counter_and_no_topic() -> None:
    assert await trips().ask([]) == ((), 0)


async def test_every_asker_hears_of_a_lost_redis(settings: pytest.FixtureRequest) -> None:
    settings.REDIS_URL = "unix:///nonexistent/redis.sock"  # type: ignore[attr-defined]
    lost = Trips()
    answers = await asyncio.gather(*(lost.ask([stamps.topic("test", n)]) for n in range(5)), return_exceptions=True)
    assert all(isinstance(answer, redis.RedisError) for answer in answers)
