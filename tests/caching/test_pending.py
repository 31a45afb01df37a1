"""Pending invalidations are sent when Redis is back, and one added meanwhile is not forgotten."""

from __future__ import annotations

import time
from collections.abc import Collection

import redis

from caching.pending import PendingInvalidations


def wait_for(pending: PendingInvalidations) -> None:
    deadline = time.monotonic() + 5
    while pending and time.monotonic() < deadline:
        time.sleep(0.01)


def test_it_tries_until_redis_takes_them() -> None:
    tries: list[set[str]] = []

    def replace(keys: Collection[str]) -> None:
        tries.append(set(keys))
        if len(tries) < 3:
            raise redis.ConnectionError

    pending = PendingInvalidations(replace)
    pending.add(["a", "b"])
    assert pending
    wait_for(pending)
    assert not pending
    assert tries[-1] == {"a", "b"}


def test_a_key_added_while_it_is_sent_stays() -> None:
    sent: list[set[str]] = []

    def replace(keys: Collection[str]) -> None:
        sent.append(set(keys))
        if len(sent) == 1:
            pending.add(["a"])

    pending = PendingInvalidations(replace)
    pending.add(["a"])
    wait_for(pending)
    assert sent[:2] == [{"a"}, {"a"}]
    assert not pending
