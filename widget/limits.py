"""Limits on how fast visitors and addresses send messages and start chats, counted in Redis over all web processes.

`widget.admission.network_of` says what counts as one address.
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

# Messages of one visitor.
MAX_MESSAGES, MESSAGES_WINDOW_S = 20, 10
# Chats that start at one address. Many customers of an office or a mobile network share one address, so the limit
# only stops a program that fills queues.
MAX_STARTS, STARTS_WINDOW_S = 60, 600
# The window of the setting CHAT_MESSAGES_PER_ADDRESS.
ADDRESS_MESSAGES_WINDOW_S = 60
# The open chats of an address are forgotten this long after the last one started.
OPEN_CHATS_TTL_S = 2 * 24 * 3600


def waits_before_sending(senders: Sequence[tuple[int, str]]) -> list[float]:
    """Count one message for each sender, a pair of visitor id and address, and return the seconds each has to wait.

    0.0 means that the message may be sent now. An unknown address ("") has no limit. One trip to Redis.
    """
    per_address = settings.CHAT_MESSAGES_PER_ADDRESS
    limited = [index for index, (_, address) in enumerate(senders) if per_address and address]
    networks = [network_of(senders[index][1]) for index in limited]
    waits = _waits(
        [
            *(_Counter(("chat-rate", visitor_id), MAX_MESSAGES, MESSAGES_WINDOW_S) for visitor_id, _ in senders),
            *(_Counter(("chat-messages", network), per_address, ADDRESS_MESSAGES_WINDOW_S) for network in networks),
        ]
    )
    by_visitor, by_address = waits[: len(senders)], dict(zip(limited, waits[len(senders) :], strict=True))
    return [max(wait, by_address.get(index, 0.0)) for index, wait in enumerate(by_visitor)]


def wait_before_starting(company_id: int, address: str) -> float:
    """Count a chat that starts. Returns 0.0 if it may start, else the seconds until the next window begins."""
    parts = ("chat-starts", company_id, network_of(address))
    [wait] = _waits([_Counter(parts, MAX_STARTS, STARTS_WINDOW_S)])
    return wait


@dataclass(frozen=True, slots=True)
class _Counter:
    """Allows `limit` in each window of `window_s` seconds; `parts` make its Redis key."""

    parts: tuple[str | int, ...]
    limit: int
    window_s: int


def _waits(counters: Sequence[_Counter]) -> list[float]:
    """Add one to each counter and return the seconds to wait for each.

    Nothing is limited while Redis is away: unlimited chats are better than none.
    """
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
        0.0 if count <= counter.limit else counter.window_s - now % counter.window_s
        for counter, count in zip(counters, counts, strict=True)
    ]


def visitors_at(company_id: int, address: str) -> list[int]:
    """Return the ids of visitors who recently started chats at this address; none while Redis is away."""
    try:
        return [int(member) for member in sync_client().smembers(_open_key(company_id, address))]
    except redis.RedisError as error:
        logger.warning("chat limits are off: Redis is away", extra={"reason": type(error).__name__})
        return []


def update_visitors_at(company_id: int, address: str, *, new: int, gone: Collection[int]) -> None:
    """Add the visitor `new`, who started a chat at this address, and remove those whose chat has ended."""
    name = _open_key(company_id, address)
    pipeline = sync_client().pipeline(transaction=False)
    pipeline.sadd(name, new)
    if gone:
        pipeline.srem(name, *gone)
    pipeline.expire(name, OPEN_CHATS_TTL_S)
    try:
        pipeline.execute()
    except redis.RedisError as error:
        logger.warning("a chat is not counted: Redis is away", extra={"reason": type(error).__name__})


def _open_key(company_id: int, address: str) -> str:
    return key("chat-open", company_id, network_of(address))
