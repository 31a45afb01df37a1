"""One trip to Redis for all the keystrokes that wait for one.

Each keystroke reads a few versions and counts itself against a rate limit. One by one, each would take a round trip of
its own; here, whatever arrives while a trip is under way waits for the next one and shares it. Batches grow with the
load, and the cost of a keystroke falls.
"""

from __future__ import annotations

import asyncio
import weakref
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import redis

from caching.clients import async_client
from caching.versions import CacheKey, Version, Versions, version_key

# A counter counts the calls of one second; its Redis key lives a little longer.
COUNTER_LIFETIME_S = 5


@dataclass(slots=True)
class _Request:
    keys: Collection[CacheKey]
    counter: str
    result: asyncio.Future[tuple[Versions, int]]


class RedisBatcher:
    """Batches the reads of one event loop."""

    def __init__(self) -> None:
        self._waiting: list[_Request] = []
        self._trip: asyncio.Task[None] | None = None

    async def read(self, keys: Collection[CacheKey], *, counter: str = "") -> tuple[Versions, int]:
        """Return the versions of at least these keys, and the rank of this call in `counter`.

        The rank is 1 for the first call that is counted, and 0 without a counter. Raises `redis.RedisError` when Redis
        cannot be asked.
        """
        loop = asyncio.get_running_loop()
        request = _Request(keys, counter, loop.create_future())
        self._waiting.append(request)
        if self._trip is None or self._trip.done():
            self._trip = loop.create_task(self._read_waiting())
        return await request.result

    async def _read_waiting(self) -> None:
        while self._waiting:
            requests, self._waiting = self._waiting, []
            try:
                await self._read_batch(requests)
            except redis.RedisError as error:
                for request in requests:
                    if not request.result.done():
                        request.result.set_exception(error)

    async def _read_batch(self, requests: Sequence[_Request]) -> None:
        keys = list(dict.fromkeys(key for request in requests for key in request.keys))
        counts = Counter(request.counter for request in requests if request.counter)
        found, totals = await _exchange(keys, counts)
        versions: Versions = dict(zip(keys, found, strict=True))
        ranks = {counter: totals[counter] - amount for counter, amount in counts.items()}
        for request in requests:
            rank = 0
            if request.counter:
                ranks[request.counter] += 1
                rank = ranks[request.counter]
            if not request.result.done():  # the caller may have gone away
                request.result.set_result((versions, rank))


async def _exchange(keys: Sequence[CacheKey], counts: Mapping[str, int]) -> tuple[Sequence[Version], dict[str, int]]:
    """Return the versions of `keys`, and the totals of the counters after adding `counts`."""
    names = [version_key(key) for key in keys]
    if not counts:  # a pipeline for one command would double the cost of the command
        found = await async_client().mget(names) if names else ()
        return cast("Sequence[Version]", found), {}
    pipeline = async_client().pipeline(transaction=False)
    for counter, amount in counts.items():
        pipeline.incrby(counter, amount)
        pipeline.expire(counter, COUNTER_LIFETIME_S)
    if names:
        pipeline.mget(names)
    replies = await pipeline.execute()
    totals = dict(zip(counts, replies[0 : 2 * len(counts) : 2], strict=True))
    return (replies[-1] if names else ()), totals


_by_loop: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, RedisBatcher] = weakref.WeakKeyDictionary()


def batcher() -> RedisBatcher:
    """Return the batcher of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _by_loop.get(loop)
    if found is None:
        found = _by_loop[loop] = RedisBatcher()
    return found
