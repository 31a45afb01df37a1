"""Stamps: one random token in Redis for each thing that processes keep a copy of.

The rule that makes it safe:

* who changes a thing commits, then replaces its stamp (`touch`), then answers;
* who keeps a copy reads the stamp *before* it reads the database, keeps both together, and uses the copy
  only while the stamp is still the same.

So a copy is never older than the last acknowledged change, in any process, at the price of one Redis trip.
Tokens are random and not counters: after a Redis restart a counter would repeat an old value. A missing
stamp (never touched, expired, or lost in a restart) matches no copy: who loads makes one first. A change whose
stamp could not be replaced is owed (`freshness.owed`).
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Collection, Iterable, Sequence
from typing import NewType, cast

import redis
from django.conf import settings
from django.db import transaction
from redis.client import Pipeline

from freshness.clients import key, sync_client
from freshness.embedded import socket_path
from freshness.owed import Owed

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
    transaction.on_commit(lambda: _replace_or_owe(names))


def replace_in(pipeline: Pipeline, topics: Collection[str]) -> None:
    """Let this pipeline replace the stamps of `topics`. Where it fails, they are owed (`owe`)."""
    token = secrets.token_bytes(8)
    for name in topics:
        pipeline.set(stamp_key(Topic(name)), token, ex=LIFETIME_S)


def _replace(topics: Collection[str]) -> None:
    pipeline = sync_client().pipeline(transaction=False)
    replace_in(pipeline, topics)
    pipeline.execute()


owed = Owed(_replace)


def _replace_or_owe(topics: Collection[str]) -> None:
    try:
        _replace(topics)
    except redis.RedisError as error:
        owe(topics, error)


def owe(topics: Collection[str], error: redis.RedisError) -> None:
    """The stamps of a committed change could not be replaced: trust no copy until they are."""
    if desk_is_stopped():
        return  # nobody keeps a copy, and at its start the server forgets all stamps
    logger.warning("stamps not replaced yet", extra={"topics": len(topics), "reason": type(error).__name__})
    owed.add(topics)


def desk_is_stopped() -> bool:
    """Is there no server because no desk of this folder runs? Always False for a server that is not embedded."""
    return settings.REDIS_IS_EMBEDDED and not socket_path(settings.DATA_DIR).exists()


def read(topics: Sequence[Topic]) -> list[Stamp]:
    """The stamps of `topics`, in order; one that is missing is made, so that a copy is never kept under none.

    Raises `redis.RedisError` when Redis cannot be asked, or while this process owes it stamps.
    """
    if not topics:
        return []
    if owed and not owed.pay():
        raise redis.ConnectionError("stamps of earlier changes are not replaced yet")
    keys = [stamp_key(name) for name in topics]
    found = cast("list[Stamp]", sync_client().mget(keys))
    if None in found:
        pipeline = sync_client().pipeline(transaction=False)
        for name, stamp in zip(keys, found, strict=True):
            if stamp is None:
                pipeline.set(name, secrets.token_bytes(8), ex=LIFETIME_S, nx=True)
        pipeline.mget(keys)
        found = cast("list[Stamp]", pipeline.execute()[-1])
    return found
