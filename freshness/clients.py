"""Connections to Redis: one sync client for a process, one async client for each event loop."""

from __future__ import annotations

import asyncio
import functools
import weakref

import redis
import redis.asyncio
from django.conf import settings

# A keystroke is worth nothing after 100 ms: fail fast and let the caller fall back to the database.
_TIMEOUT_S = 0.5

_by_loop: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, redis.asyncio.Redis] = weakref.WeakKeyDictionary()


@functools.cache
def sync_client() -> redis.Redis:
    """The process's client; it keeps a pool and may be used from any thread."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S)


def async_client() -> redis.asyncio.Redis:
    """The client of the running event loop."""
    loop = asyncio.get_running_loop()
    client = _by_loop.get(loop)
    if client is None:
        client = redis.asyncio.Redis.from_url(
            settings.REDIS_URL, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S
        )
        _by_loop[loop] = client
    return client


def key(*parts: object) -> str:
    """A Redis key of this desk."""
    return ":".join([settings.REDIS_PREFIX, *map(str, parts)])
