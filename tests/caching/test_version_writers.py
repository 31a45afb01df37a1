"""Versions: replaced on commit, never absent once read, and never so that a reader keeps what a writer changed."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from django.db import transaction

from caching import versions
from caching.cache import VersionedCache
from caching.clients import sync_client
from caching.versions import LIFETIME_S, CacheKey, Versions, cache_key, version_key


@pytest.fixture
def keys() -> list[CacheKey]:
    return [cache_key("test", uuid.uuid4()) for _ in range(3)]


class TestRead:
    def test_one_that_was_never_set_is_set_by_the_first_reader_and_stays(self, keys: list[CacheKey]) -> None:
        first = versions.read(keys)
        assert None not in first.values()
        assert len(set(first.values())) == 3
        assert versions.read(keys) == first

    def test_they_come_in_the_order_asked_for(self, keys: list[CacheKey]) -> None:
        assert list(versions.read(keys)) == keys
        assert list(versions.read(keys[::-1])) == keys[::-1]

    def test_one_that_was_lost_is_another_one_afterwards(self, keys: list[CacheKey]) -> None:
        """As after a restart of Redis: a counter would begin again and repeat an old value."""
        before = versions.read(keys)
        sync_client().delete(version_key(keys[1]))
        after = versions.read(keys)
        assert [before[key] == after[key] for key in keys] == [True, False, True]

    def test_nothing_is_read_for_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(versions, "sync_client", lambda: 1 / 0)
        assert versions.read([]) == {}

    def test_they_outlive_what_is_cached_under_them(self, keys: list[CacheKey]) -> None:
        versions.read(keys)
        versions._replace(keys[:1])
        assert all(0 < sync_client().ttl(version_key(key)) <= LIFETIME_S for key in keys)

    def test_many_first_readers_at_once_agree(self, keys: list[CacheKey]) -> None:
        barrier = threading.Barrier(8)

        def reader(_: int) -> Versions:
            barrier.wait(30)
            return versions.read(keys)

        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(reader, range(8)))
        assert all(one == found[0] for one in found)


class TestInvalidate:
    @pytest.mark.django_db(transaction=True)
    def test_it_waits_for_the_commit(self, keys: list[CacheKey]) -> None:
        before = versions.read(keys)
        with transaction.atomic():
            versions.invalidate(keys[:2])
            assert versions.read(keys) == before
        after = versions.read(keys)
        assert [before[key] == after[key] for key in keys] == [False, False, True]

    @pytest.mark.django_db(transaction=True)
    def test_what_is_rolled_back_invalidates_nothing(self, keys: list[CacheKey]) -> None:
        before = versions.read(keys)
        with transaction.atomic():
            versions.invalidate(keys)
            transaction.set_rollback(True)
        assert versions.read(keys) == before

    @pytest.mark.django_db(transaction=True)
    def test_a_generator_is_read_before_the_commit(self, keys: list[CacheKey]) -> None:
        before = versions.read(keys)
        with transaction.atomic():
            versions.invalidate(key for key in keys)
        assert set(versions.read(keys).values()).isdisjoint(before.values())

    def test_desks_with_other_prefixes_share_nothing(self, keys: list[CacheKey], settings: Any) -> None:
        before = versions.read(keys)
        mine = settings.REDIS_PREFIX
        settings.REDIS_PREFIX = f"{mine}-other"
        versions._replace(keys)
        settings.REDIS_PREFIX = mine
        assert versions.read(keys) == before


class TestPending:
    @pytest.fixture
    def away(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Redis takes no invalidation; the pending ones are tried by nobody but readers."""
        pending = versions.PendingInvalidations(self._refuse)
        monkeypatch.setattr(pending, "_flush_until_empty", lambda: None)
        monkeypatch.setattr(versions, "pending", pending)
        return pending

    @staticmethod
    def _refuse(_: object) -> None:
        raise redis.ConnectionError

    def test_while_one_is_pending_no_version_is_trusted(self, keys: list[CacheKey], away: Any) -> None:
        versions.read(keys)
        versions.add_pending(keys[:1], redis.ConnectionError())
        with pytest.raises(redis.ConnectionError, match="pending"):
            versions.read(keys[1:])
        away._replace = versions._replace
        assert list(versions.read(keys)) == keys
        assert not away

    def test_a_desk_that_does_not_run_leaves_none(
        self, keys: list[CacheKey], away: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(versions, "is_desk_stopped", lambda: True)
        versions.add_pending(keys, redis.ConnectionError())
        assert not away


class Counter:
    """A number that writers raise, then invalidate: what a cache loads."""

    def __init__(self, key: CacheKey) -> None:
        self.value, self.key = 0, key
        self._lock = threading.Lock()

    def raise_it(self) -> int:
        with self._lock:
            self.value += 1
            versions._replace([self.key])
            return self.value


def test_nobody_sees_less_than_a_writer_acknowledged(keys: list[CacheKey]) -> None:
    """Four writers and four readers: each reader asks after a write was acknowledged, and gets at least that."""
    counter = Counter(keys[0])
    caches = [
        VersionedCache[str, int](size=2, load=lambda _, __: counter.value, depends_on=lambda _: (counter.key,))
        for _ in range(2)
    ]

    def write_and_read(number: int) -> list[tuple[int, int]]:
        pairs = []
        for _ in range(25):
            acknowledged = counter.raise_it()
            pairs.append((acknowledged, caches[number % 2].get("a")))
        return pairs

    with ThreadPoolExecutor(8) as pool:
        pairs = [pair for found in pool.map(write_and_read, range(8)) for pair in found]
    assert len(pairs) == 200
    assert all(seen >= acknowledged for acknowledged, seen in pairs)
    assert [cache.get("a") for cache in caches] == [200, 200]
