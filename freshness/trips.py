"""One Redis trip for all the keystrokes that wait for one.

Each keystroke asks for a few stamps and counts itself against a limit. Asked one by one that is a round trip
each; here, while a trip is under way, whatever else arrives waits for the next one and shares it. Trips grow
with the load, and the cost of a keystroke falls.
"""

from __future__ import annotations

import asyncio
import weakref
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import redis

from freshness.clients import async_client
from freshness.stamps import Stamp, Topic, stamp_key

# A counter's key lives for one second and a little more.
COUNTER_LIFETIME_S = 5


@dataclass(slots=True)
class _Question:
    topics: Sequence[Topic]
    counter: str
    answer: asyncio.Future[tuple[tuple[Stamp, ...], int]]


class Trips:
    """The trips of one event loop."""

    def __init__(self) -> None:
        self._waiting: list[_Question] = []
        self._flight: asyncio.Task[None] | None = None

    async def ask(self, topics: Sequence[Topic], *, counter: str = "") -> tuple[tuple[Stamp, ...], int]:
        """The stamps of `topics`, and the place of this call in `counter` (1 for its first; 0 without one).

        Raises `redis.RedisError` when Redis cannot be asked.
        """
        loop = asyncio.get_running_loop()
        question = _Question(topics, counter, loop.create_future())
        self._waiting.append(question)
        if self._flight is None or self._flight.done():
            self._flight = loop.create_task(self._fly())
        return await question.answer

    async def _fly(self) -> None:
        while self._waiting:
            questions, self._waiting = self._waiting, []
            try:
                await self._ask_redis(questions)
            except redis.RedisError as error:
                for question in questions:
                    if not question.answer.done():
                        question.answer.set_exception(error)

    async def _ask_redis(self, questions: Sequence[_Question]) -> None:
        topics = list(dict.fromkeys(topic for question in questions for topic in question.topics))
        counts = Counter(question.counter for question in questions if question.counter)
        found, totals = await _exchange(topics, counts)
        stamps: dict[Topic, Stamp] = dict(zip(topics, found, strict=True))
        places = {counter: totals[counter] - amount for counter, amount in counts.items()}
        for question in questions:
            place = 0
            if question.counter:
                places[question.counter] += 1
                place = places[question.counter]
            if not question.answer.done():  # the asker may have gone away
                question.answer.set_result((tuple(stamps[topic] for topic in question.topics), place))


async def _exchange(topics: Sequence[Topic], counts: Mapping[str, int]) -> tuple[Sequence[Stamp], dict[str, int]]:
    """The stamps, and the counters' totals after adding `counts`."""
    keys = [stamp_key(topic) for topic in topics]
    if not counts:  # a pipeline for one command would cost as much again as the command
        found = await async_client().mget(keys) if keys else ()
        return cast("Sequence[Stamp]", found), {}
    pipeline = async_client().pipeline(transaction=False)
    for counter, amount in counts.items():
        pipeline.incrby(counter, amount)
        pipeline.expire(counter, COUNTER_LIFETIME_S)
    if keys:
        pipeline.mget(keys)
    replies = await pipeline.execute()
    totals = dict(zip(counts, replies[0 : 2 * len(counts) : 2], strict=True))
    return (replies[-1] if keys else ()), totals


_by_loop: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Trips] = weakref.WeakKeyDictionary()


def trips() -> Trips:
    """The trips of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _by_loop.get(loop)
    if found is None:
        found = _by_loop[loop] = Trips()
    return found
