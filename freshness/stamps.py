"""Stamps: one random token in Redis for each thing that processes keep a copy of.

The rule that makes it safe:

* who changes a thing commits, then replaces its stamp (`touch`), then answers;
* who keeps a copy reads the stamp *before* it reads the database, keeps both together, and uses the copy
  only while the stamp is still the same.

So a copy is never older than the last acknowledged change, in any process, at the price of one Redis trip.
Tokens are random and not counters: after a Redis restart a counter would repeat an old value. A missing
stamp (never touched, expired, or lost in a restart) is the token None and obeys the same rule.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Sequence
from typing import NewType, cast

import redis
from django.conf import settings
from django.db import transaction

from freshness.clients import key, sync_client

logger = logging.getLogger(__name__)

Topic = NewType("Topic", str)
Stamp = bytes | None

# A stamp only has to outlive the copies that were made under it; processes drop theirs after an hour.
LIFETIME_S = 24 * 3600


def topic(kind: str, id_: object) -> Topic:
    """The name of a thing that is kept in copies, such as `topic("conversation", id)`."""
    return Topic(f"{kind}:{id_}")


def stamp_key(topic_: Topic) -> str:
    return key("stamp", topic_)


def touch(topics: Iterable[Topic]) -> None:
    """Replace the stamps of `topics` when the open transaction commits (at once where none is open)."""
    names = list(topics)
    transaction.on_commit(lambda: _replace(names))


def _replace(topics: Sequence[Topic]) -> None:
    token = secrets.token_bytes(8)
    try:
        pipeline = sync_client().pipeline(transaction=False)
        for name in topics:
            pipeline.set(stamp_key(name), token, ex=LIFETIME_S)
        pipeline.execute()
    except redis.RedisError as error:
        # Readers treat an unreachable Redis as "every copy is out of date", so nothing stale is served
        # while it is down; a command run while the desk is stopped has nobody to tell.
        level = logging.DEBUG if settings.REDIS_IS_EMBEDDED else logging.WARNING
        logger.log(level, "stamps not replaced", extra={"topics": len(topics), "reason": type(error).__name__})


def read(topics: Sequence[Topic]) -> list[Stamp]:
    """The stamps of `topics`, in order. Raises `redis.RedisError` when Redis cannot be asked."""
    if not topics:
        return []
    return cast("list[Stamp]", sync_client().mget([stamp_key(name) for name in topics]))
