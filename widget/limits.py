"""How fast a visitor may send, counted in Redis over all tabs and web processes."""

from __future__ import annotations

import logging
import time

import redis

from freshness.clients import key, sync_client

logger = logging.getLogger(__name__)

MOST, WINDOW_S = 20, 10


def wait_before_sending(visitor_id: int) -> float:
    """Count a message; 0.0 if it may be sent now, else the seconds after which the next window begins.

    While Redis is away nothing is counted: better unlimited than closed.
    """
    now = time.time()
    window = int(now // WINDOW_S)
    name = key("chat-rate", visitor_id, window)
    try:
        pipeline = sync_client().pipeline(transaction=False)
        pipeline.incr(name)
        pipeline.expire(name, 2 * WINDOW_S)
        place = int(pipeline.execute()[0])
    except redis.RedisError as error:
        logger.warning("chat limits are off: Redis is away", extra={"reason": type(error).__name__})
        return 0.0
    return 0.0 if place <= MOST else (window + 1) * WINDOW_S - now
