"""How fast a visitor may send, and how many chats may start at one address: counted in Redis over all web processes."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

import redis

from freshness.clients import key, sync_client

logger = logging.getLogger(__name__)

MOST, WINDOW_S = 20, 10
# An office or a mobile network has one address for many customers; a program that fills queues has one for all.
MOST_STARTS, STARTS_WINDOW_S = 60, 600


def waits_before_sending(visitor_ids: Sequence[int]) -> list[float]:
    """Count a message for each; 0.0 if it may be sent now, else the seconds after which the next window begins."""
    return _waits([("chat-rate", visitor_id) for visitor_id in visitor_ids], MOST, WINDOW_S)


def wait_before_starting(company_id: int, address: str) -> float:
    """Count a chat that starts; 0.0 if it may, else the seconds after which the next window begins."""
    [wait] = _waits([("chat-starts", company_id, address)], MOST_STARTS, STARTS_WINDOW_S)
    return wait


def _waits(counted: Sequence[tuple[str | int, ...]], most: int, window_s: int) -> list[float]:
    """While Redis is away nothing is counted: better unlimited than closed."""
    if not counted:
        return []
    now = time.time()
    window = int(now // window_s)
    pipeline = sync_client().pipeline(transaction=False)
    for parts in counted:
        name = key(*parts, window)
        pipeline.incr(name)
        pipeline.expire(name, 2 * window_s)
    try:
        places = pipeline.execute()[::2]
    except redis.RedisError as error:
        logger.warning("chat limits are off: Redis is away", extra={"reason": type(error).__name__})
        return [0.0] * len(counted)
    return [0.0 if place <= most else (window + 1) * window_s - now for place in places]
