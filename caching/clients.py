"""Connections to Redis: one sync client for a process, one async client for each event loop."""

from __future__ import annotations

import asyncio
import functools
import weakref

import redis
import redis.asyncio
import redis.asyncio.retry
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

# Fail fast, because the answer to a keystroke is useless after 100 ms: the caller falls back to the database. One retry
# without a pause replaces a connection that a restart of Redis has broken; the library's own retries pause for seconds.
_TIMEOUT_S = 0.5
_RETRIES = 1

_by_loop: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, redis.asyncio.Redis] = weakref.WeakKeyDictionary()


def connect(url: str) -> redis.Redis:
    """Return a sync client. It has a connection pool, and any thread may use it."""
    return redis.Redis.from_url(
        url,
        socket_timeout=_TIMEOUT_S,
        socket_connect_timeout=_TIMEOUT_S,
        retry=Retry(NoBackoff(), _RETRIES),
    )


@functools.cache
def sync_client() -> redis.Redis:
    """Return the client of this process."""
    return connect(settings.REDIS_URL)


def async_client() -> redis.asyncio.Redis:
    """Return the client of the running event loop."""
    loop = asyncio.get_running_loop()
    client = _by_loop.get(loop)
    if client is None:
        client = redis.asyncio.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=_TIMEOUT_S,
            socket_connect_timeout=_TIMEOUT_S,
            retry=redis.asyncio.retry.Retry(NoBackoff(), _RETRIES),
        )
        _by_loop[loop] = client
    return client


def key(*parts: object) -> str:
    """Return a Redis key of this desk, made of these parts."""
    return ":".join([settings.REDIS_PREFIX, *map(str, parts)])
