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

# A keystroke is worth nothing after 100 ms: fail fast and let the caller fall back to the database. One retry,
# at once, takes care of a connection that a restart of Redis left dead; the library's own retries pause for
# seconds.
_TIMEOUT_S = 0.5
_RETRIES = 1

_by_loop: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, redis.asyncio.Redis] = weakref.WeakKeyDictionary()


def connect(url: str) -> redis.Redis:
    """A sync client; it keeps a pool and may be used from any thread."""
    return redis.Redis.from_url(
        url,
        socket_timeout=_TIMEOUT_S,
        socket_connect_timeout=_TIMEOUT_S,
        retry=Retry(NoBackoff(), _RETRIES),
    )


@functools.cache
def sync_client() -> redis.Redis:
    """The process's client."""
    return connect(settings.REDIS_URL)


def async_client() -> redis.asyncio.Redis:
    """The client of the running event loop."""
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
    """A Redis key of this desk."""
    return ":".join([settings.REDIS_PREFIX, *map(str, parts)])
