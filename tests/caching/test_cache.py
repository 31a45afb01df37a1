"""Values are used while their versions hold, for a bounded time, and no more than fit."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
import redis

from caching import cache, versions
from caching.cache import DependenciesChangedError, VersionedCache, WhenRedisIsAway, forget_all
from caching.versions import CacheKey, Versions, cache_key

Committing = Any


class Store:
    """What a cache loads from: counts how often it is asked."""

    def __init__(self) -> None:
        self.value, self.loads = 1, 0
        self.key = cache_key("test", uuid.uuid4())

    def load(self, _: str, __: Versions) -> int:
        self.loads += 1
        return self.value

    def change(self, value: int) -> None:
        self.value = value
        versions._replace([self.key])

    def cached(self, size: int = 2, away: WhenRedisIsAway = "load", age_s: float = 60) -> VersionedCache[str, int]:
        return VersionedCache(
            size=size, load=self.load, depends_on=lambda _: (self.key,), max_age_s=age_s, when_redis_is_away=away
        )


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    now = 1000.0
    monkeypatch.setattr(cache.time, "monotonic", lambda: now)

    def forward(seconds: float) -> None:
        nonlocal now
        now += seconds

    return forward


def take_redis_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> Versions:
        raise redis.ConnectionError

    monkeypatch.setattr(versions, "read", fail)


def test_a_value_is_loaded_once_while_its_version_holds(store: Store) -> None:
    numbers = store.cached()
    assert [numbers.get("a") for _ in range(3)] == [1, 1, 1]
    assert store.loads == 1
    store.change(2)
    assert [numbers.get("a") for _ in range(2)] == [2, 2]
    assert store.loads == 2


def test_each_key_has_its_own_value(store: Store) -> None:
    numbers = store.cached()
    numbers.get("a")
    store.value = 5
    assert (numbers.get("b"), numbers.get("a")) == (5, 1)


def test_a_value_ends_by_the_clock(store: Store, clock: Callable[[float], None]) -> None:
    numbers = store.cached(age_s=10)
    numbers.get("a")
    clock(9)
    assert (numbers.get("a"), store.loads) == (1, 1)
    clock(1)
    assert (numbers.get("a"), store.loads) == (1, 2)


def test_the_least_recently_used_goes_first(store: Store) -> None:
    numbers = store.cached(size=2)
    for name in ("a", "b", "a", "c"):
        numbers.get(name)
    assert numbers.find("b") is None
    assert numbers.find("a") is not None
    assert numbers.find("c") is not None


def test_a_size_below_one_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        store.cached(size=0)


def test_find_asks_nobody(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = store.cached()
    assert numbers.find("a") is None
    numbers.get("a")
    store.change(2)
    take_redis_away(monkeypatch)
    cached = numbers.find("a")
    assert cached is not None
    assert (cached.value, store.loads) == (1, 1)


def test_a_change_can_be_left_out(store: Store) -> None:
    numbers = store.cached()
    numbers.get("a")
    cached = numbers.find("a")
    assert cached is not None
    other = {store.key: b"other"}
    assert not cached.is_current(other)
    assert cached.is_current(other, but_for=[store.key])
    assert not cached.is_current({}), "an unknown version matches no value"


def test_what_a_loader_raises_is_not_cached(store: Store) -> None:
    def fail(_: str, __: Versions) -> int:
        store.loads += 1
        raise LookupError

    numbers: VersionedCache[str, int] = VersionedCache(size=2, load=fail, depends_on=lambda _: (store.key,))
    for _ in range(2):
        with pytest.raises(LookupError):
            numbers.get("a")
    assert store.loads == 2


def test_versions_are_read_before_the_rows(store: Store) -> None:
    """A change between the two makes the value stale at once: it may not hold the change."""

    def overtaken(name: str, seen: Versions) -> int:
        value = store.load(name, seen)
        if store.loads == 1:
            store.change(2)
        return value

    numbers: VersionedCache[str, int] = VersionedCache(size=2, load=overtaken, depends_on=lambda _: (store.key,))
    assert numbers.get("a") == 1
    assert numbers.get("a") == 2


def test_versions_that_the_caller_has_read_save_a_trip(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = store.cached()
    known = versions.read([store.key, cache_key("test", "other")])
    take_redis_away(monkeypatch)
    assert numbers.get("a", known) == 1
    assert numbers.get("a", known) == 1
    assert store.loads == 1
    assert numbers.get("a", {}) == 1, "versions that lack the key do not count: Redis is asked, and is away"
    assert store.loads == 2


def test_dependencies_that_change_while_loading_are_read_again(store: Store) -> None:
    first, second = store.key, cache_key("test", uuid.uuid4())
    named: list[CacheKey] = [first]

    def load(_: str, seen: Versions) -> int:
        store.loads += 1
        named[:] = [second]
        if second not in seen:
            raise DependenciesChangedError
        return store.loads

    numbers: VersionedCache[str, int] = VersionedCache(size=2, load=load, depends_on=lambda _: tuple(named))
    assert numbers.get("a") == 2
    cached = numbers.find("a")
    assert cached is not None
    assert list(cached.keys) == [second]


@pytest.mark.parametrize(
    ("away", "values", "is_cached"),
    [("load", [2, 3], True), ("serve_stale", [1, 1], True), ("forget_and_load", [2, 3], False)],
)
def test_while_redis_is_away(
    store: Store, monkeypatch: pytest.MonkeyPatch, away: WhenRedisIsAway, values: list[int], is_cached: bool
) -> None:
    numbers = store.cached(away=away)
    numbers.get("a")
    take_redis_away(monkeypatch)
    got = []
    for value in (2, 3):
        store.value = value
        got.append(numbers.get("a"))
    assert got == values
    assert (numbers.find("a") is not None) is is_cached, "what is loaded without a version is never cached"


@pytest.mark.parametrize("away", ["load", "serve_stale", "forget_and_load"])
def test_a_first_value_is_loaded_without_redis(
    store: Store, monkeypatch: pytest.MonkeyPatch, away: WhenRedisIsAway
) -> None:
    take_redis_away(monkeypatch)
    numbers = store.cached(away=away)
    assert numbers.get("a") == 1
    assert numbers.find("a") is None


def test_a_value_without_dependencies_needs_no_redis(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from caching import clients

    monkeypatch.setattr(clients, "sync_client", lambda: 1 / 0)
    monkeypatch.setattr(versions, "sync_client", lambda: 1 / 0)
    numbers: VersionedCache[str, int] = VersionedCache(size=2, load=store.load)
    assert [numbers.get("a") for _ in range(2)] == [1, 1]
    assert store.loads == 1


def test_one_value_and_all_can_be_forgotten(store: Store) -> None:
    numbers, others = store.cached(), store.cached()
    for name in ("a", "b"):
        numbers.get(name)
        others.get(name)
    numbers.forget("a")
    numbers.forget("never cached")
    assert numbers.find("a") is None
    assert numbers.find("b") is not None
    forget_all()
    assert others.find("a") is None
