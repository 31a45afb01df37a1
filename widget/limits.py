"""How fast visitors and addresses may send and start chats: counted in Redis over all web processes.

What counts as one address: `widget.admission.network_of`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import redis
from django.conf import settings

from caching.clients import key, sync_client
from widget.admission import network_of

logger = logging.getLogger(__name__)

MOST, WINDOW_S = 20, 10
# An office or a mobile network has one address for many customers; a program that fills queues has one for all.
MOST_STARTS, STARTS_WINDOW_S = 60, 600
# CHAT_MESSAGES_PER_ADDRESS is for so long.
MESSAGES_WINDOW_S = 60
# After so long without a new chat at an address its open ones are counted no more.
OPEN_KEPT_S = 2 * 24 * 3600


def waits_before_sending(senders: Sequence[tuple[int, str]]) -> list[float]:
    """Count a message for each visitor at an address; 0.0 if it may be sent now, else the seconds to wait.

    An address that cannot be told ("") has no limit. One trip to Redis.
    """
    most = settings.CHAT_MESSAGES_PER_ADDRESS
    places = [place for place, (_, address) in enumerate(senders) if most and address]
    waits = _waits(
        [
            *(_Counter(("chat-rate", visitor_id), MOST, WINDOW_S) for visitor_id, _ in senders),
            *(_Counter(("chat-messages", network_of(senders[place][1])), most, MESSAGES_WINDOW_S) for place in places),
        ]
    )
    by_visitor, by_address = waits[: len(senders)], dict(zip(places, waits[len(senders) :], strict=True))
    return [max(wait, by_address.get(place, 0.0)) for place, wait in enumerate(by_visitor)]


def wait_before_starting(company_id: int, address: str) -> float:
    """Count a chat that starts; 0.0 if it may, else the seconds after which the next window begins."""
    parts = ("chat-starts", company_id, network_of(address))
    [wait] = _waits([_Counter(parts, MOST_STARTS, STARTS_WINDOW_S)])
    return wait


@dataclass(frozen=True, slots=True)
class _Counter:
    """`most` in each window of `window_s` seconds."""

    parts: tuple[str | int, ...]
    most: int
    window_s: int


def _waits(counters: Sequence[_Counter]) -> list[float]:
    """Count one for each. While Redis is away nothing is counted: better unlimited than closed."""
    if not counters:
        return []
    now = time.time()
    pipeline = sync_client().pipeline(transaction=False)
    for counter in counters:
        name = key(*counter.parts, int(now // counter.window_s))
        pipeline.incr(name)
        pipeline.expire(name, 2 * counter.window_s)
    try:
        counts = pipeline.execute()[::2]
    except redis.RedisError as error:
        logger.warning("chat limits are off: Redis is away", extra={"reason": type(error).__name__})
        return [0.0] * len(counters)
    return [
        0.0 if count <= counter.most else counter.window_s - now % counter.window_s
        for counter, count in zip(counters, counts, strict=True)
    ]


def visitors_at(company_id: int, address: str) -> list[int]:
    """The visitors who started chats at this address lately. Nobody while Redis is away."""
    try:
        return [int(member) for member in sync_client().smembers(_open_key(company_id, address))]
    except redis.RedisError as error:
        logger.warning("chat limits are off: Redis is away", extra={"reason": type(error).__name__})
        return []


def keep_visitors_at(company_id: int, address: str, *, new: int, gone: Collection[int]) -> None:
    """A chat started here; those whose chat has ended are counted no more."""
    name = _open_key(company_id, address)
    pipeline = sync_client().pipeline(transaction=False)
    pipeline.sadd(name, new)
    if gone:
        pipeline.srem(name, *gone)
    pipeline.expire(name, OPEN_KEPT_S)
    try:
        pipeline.execute()
    except redis.RedisError as error:
        logger.warning("a chat is not counted: Redis is away", extra={"reason": type(error).__name__})


def _open_key(company_id: int, address: str) -> str:
    return key("chat-open", company_id, network_of(address))
