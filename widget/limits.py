"""How fast a visitor may send, counted in Redis over all tabs and web processes."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

import redis

from freshness.clients import key, sync_client

logger = logging.getLogger(__name__)

MOST, WINDOW_S = 20, 10


def waits_before_sending(visitor_ids: Sequence[int]) -> list[float]:
    """Count a message for each; 0.0 if it may be sent now, else the seconds after which the next window begins.

    While Redis is away nothing is counted: better unlimited than closed.
    """
    if not visitor_ids:
        return []
    now = time.time()
    window = int(now // WINDOW_S)
    pipeline = sync_client().pipeline(transaction=False)
    for visitor_id in visitor_ids:
        name = key("chat-rate", visitor_id, window)
        pipeline.incr(name)
        pipeline.expire(name, 2 * WINDOW_S)
    try:
        places = pipeline.execute()[::2]
    except redis.RedisError as error:
        logger.warning("chat limits are off: Redis is away", extra={"reason": type(error).__name__})
        return [0.0] * len(visitor_ids)
    return [0.0 if place <= MOST else (window + 1) * WINDOW_S - now for place in places]
