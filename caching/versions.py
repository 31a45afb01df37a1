"""Versions: one random token in Redis for each thing that processes keep in a cache.

The rule that makes it safe:

* a writer commits, then replaces the version (`invalidate`), then answers;
* a cache reads the version *before* it reads the database, stores both together, and uses the value only while the
  version is still the same.

So a cached value is never older than the last acknowledged change, in any process, at the price of one Redis trip.
Tokens are random and not counters: after a Redis restart a counter would repeat an old value. A missing version
(never set, expired, or lost in a restart) matches no cached value: whoever loads sets one first. An invalidation that
Redis did not take stays pending (`caching.pending`).
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NewType, TypeAlias, cast

import redis
from django.conf import settings
from django.db import transaction
from redis.client import Pipeline

from caching.clients import key, sync_client
from caching.embedded import socket_path
from caching.pending import PendingInvalidations

logger = logging.getLogger(__name__)

CacheKey = NewType("CacheKey", str)
Version: TypeAlias = bytes | None
Versions: TypeAlias = Mapping[CacheKey, Version]

# A version only has to outlive the values that were cached under it; processes drop theirs after an hour.
LIFETIME_S = 24 * 3600


def cache_key(kind: str, id_: object) -> CacheKey:
    """Return the key of a thing that caches depend on, such as `cache_key("conversation", id)`."""
    return CacheKey(f"{kind}:{id_}")


def version_key(key_: CacheKey) -> str:
    """Return the Redis key of a version. Its name is older than this module: releases side by side must share it."""
    return key("stamp", key_)


def invalidate(keys: Iterable[CacheKey]) -> None:
    """Replace the versions of `keys` when the open transaction commits (at once where none is open)."""
    names = list(keys)
    transaction.on_commit(lambda: _replace_or_add_pending(names))


def invalidate_in(pipeline: Pipeline, keys: Collection[str]) -> None:
    """Let this pipeline replace the versions of `keys`. Where it fails, call `add_pending`."""
    token = secrets.token_bytes(8)
    for name in keys:
        pipeline.set(version_key(CacheKey(name)), token, ex=LIFETIME_S)


def _replace(keys: Collection[str]) -> None:
    pipeline = sync_client().pipeline(transaction=False)
    invalidate_in(pipeline, keys)
    pipeline.execute()


pending = PendingInvalidations(_replace)


def _replace_or_add_pending(keys: Collection[str]) -> None:
    try:
        _replace(keys)
    except redis.RedisError as error:
        add_pending(keys, error)


def add_pending(keys: Collection[str], error: redis.RedisError) -> None:
    """Keep an invalidation that Redis did not take. This process trusts no cached value until Redis takes it."""
    if is_desk_stopped():
        return  # no process caches anything, and the server forgets all versions when it starts
    logger.warning("invalidations are pending", extra={"keys": len(keys), "reason": type(error).__name__})
    pending.add(keys)


def is_desk_stopped() -> bool:
    """Is there no server because no desk of this folder runs? Always False for a server that is not embedded."""
    return settings.REDIS_IS_EMBEDDED and not socket_path(settings.DATA_DIR).exists()


def read(keys: Sequence[CacheKey]) -> Versions:
    """Return the versions of `keys`, in their order. A missing version is set first: no value is cached under none.

    Raises `redis.RedisError` when Redis cannot be asked, or while this process has pending invalidations.
    """
    if not keys:
        return {}
    if pending and not pending.flush():
        raise redis.ConnectionError("earlier invalidations are still pending")
    names = [version_key(name) for name in keys]
    found = cast("list[Version]", sync_client().mget(names))
    if None in found:
        pipeline = sync_client().pipeline(transaction=False)
        for name, version in zip(names, found, strict=True):
            if version is None:
                pipeline.set(name, secrets.token_bytes(8), ex=LIFETIME_S, nx=True)
        pipeline.mget(names)
        found = cast("list[Version]", pipeline.execute()[-1])
    return dict(zip(keys, found, strict=True))
