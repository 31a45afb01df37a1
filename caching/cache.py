"""Caches in a process's memory whose values are checked against versions in Redis (`caching.versions`).

A declaration says how to load a value, on which keys it depends, and what to do while Redis is away:

    checks = VersionedCache[Scope, Checks](
        size=64,
        load=_load,
        depends_on=lambda scope: (words_key(scope.company_id), models_key(scope)),
        when_redis_is_away="serve_stale",
    )

The states of a value, and what moves it from one to the next:

                 load                     a version differs, or the value is too old
    (absent) -------------> fresh -----------------------------------------------> stale ---> load again, at the
                            |   ^                                                    |        next `get`
      a desk asked Redis    |   | Redis says: the same versions                      |
      less than 1 s ago     v   |                                                    v
                       trusted for a second                                     rebuilding: only a list or a model
                       (composer.desk.socket.session)                           changed, so the stale value is served
                                                                                until a thread has loaded the new one
                                                                                (composer.suggestions.refresh)
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

import redis

from caching import versions as versions_in_redis
from caching.versions import CacheKey, Versions

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# Long enough never to matter to a keystroke, short enough to bound how long a fault could keep a value alive.
MAX_AGE_S = 3600.0

WhenRedisIsAway = Literal["load", "serve_stale", "forget_and_load"]

_caches: list[VersionedCache[Any, Any]] = []


class DependenciesChangedError(Exception):
    """A loader found that its value depends on other keys than `depends_on` named a moment before: load again."""


@dataclass(frozen=True, slots=True)
class CachedValue(Generic[V]):
    """A value with the versions that were read before it was loaded. `expires_at` is monotonic time in seconds."""

    value: V
    versions: Versions
    expires_at: float

    @property
    def keys(self) -> Collection[CacheKey]:
        """The keys that the value depends on."""
        return self.versions.keys()

    def is_current(self, now: Versions, but_for: Collection[CacheKey] = ()) -> bool:
        """Are the versions still the same? `but_for`: keys whose change does not count."""
        if time.monotonic() >= self.expires_at:
            return False
        return all(now.get(key) == version for key, version in self.versions.items() if key not in but_for)


class VersionedCache(Generic[K, V]):
    """At most `size` values; the least recently used goes first. Safe from any thread.

    `load(key, versions)` makes the value from the database; it may pass `versions` on to the `get` of another cache,
    which then needs no trip to Redis. What it raises reaches the caller, and nothing is cached. `depends_on(key)` names
    the keys whose change makes the value stale; it is only asked where nothing current is cached. A value that depends
    on no key lives for `max_age_s` seconds.

    `when_redis_is_away`: "load" makes the value at each `get` and caches nothing (`versions` is empty then);
    "serve_stale" returns the cached value where there is one; "forget_and_load" also clears every cache of this
    process, because nobody knows which changes it missed.
    """

    def __init__(
        self,
        *,
        size: int,
        load: Callable[[K, Versions], V],
        depends_on: Callable[[K], Sequence[CacheKey]] = lambda _: (),
        max_age_s: float = MAX_AGE_S,
        when_redis_is_away: WhenRedisIsAway = "load",
    ) -> None:
        if size < 1:
            raise ValueError("size must be at least 1")
        self._size = size
        self._load = load
        self._depends_on = depends_on
        self._max_age_s = max_age_s
        self._when_redis_is_away = when_redis_is_away
        self._values: OrderedDict[K, CachedValue[V]] = OrderedDict()
        self._lock = threading.Lock()
        _caches.append(self)

    def get(self, key: K, known: Versions | None = None) -> V:
        """Return the value as it is now: from memory while it is current, else loaded.

        `known`: versions that the caller has just read. Where they hold every key, Redis is not asked again.
        """
        cached = self.find(key)
        try:
            if cached is not None:
                known = _covering(known, cached.keys)
                if cached.is_current(known):
                    return cached.value
            keys = self._depends_on(key)
            known = _covering(known, keys)
        except redis.RedisError:
            return self._get_without_redis(key, cached)
        try:
            value = self._load(key, known)
        except DependenciesChangedError:
            return self.get(key)
        self.store(key, value, {name: known[name] for name in keys})
        return value

    def find(self, key: K) -> CachedValue[V] | None:
        """Return what is cached, current or not, without asking Redis or the database."""
        with self._lock:
            cached = self._values.get(key)
            if cached is not None:
                self._values.move_to_end(key)
            return cached

    def cached_value(self, key: K, value: V, versions: Versions) -> CachedValue[V]:  # noqa: ARG002 for subclasses
        """Return how a loaded value is cached. A subclass may shorten its life, or mark a key as changed already."""
        return CachedValue(value, versions, time.monotonic() + self._max_age_s)

    def store(self, key: K, value: V, versions: Versions) -> None:
        """Cache a value that was loaded after `versions` were read."""
        cached = self.cached_value(key, value, versions)
        with self._lock:
            self._values[key] = cached
            self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)

    def forget(self, key: K) -> None:
        """Drop one value."""
        with self._lock:
            self._values.pop(key, None)

    def clear(self) -> None:
        """Drop every value."""
        with self._lock:
            self._values.clear()

    def _get_without_redis(self, key: K, cached: CachedValue[V] | None) -> V:
        if cached is not None and self._when_redis_is_away == "serve_stale":
            return cached.value
        if self._when_redis_is_away == "forget_and_load":
            forget_all()
        return self._load(key, {})


def _covering(known: Versions | None, keys: Collection[CacheKey]) -> Versions:
    """Return `known` where it has the version of every key, else what Redis has now."""
    if known is not None and all(name in known for name in keys):
        return known
    return versions_in_redis.read(list(keys))


def forget_all() -> None:
    """Drop every value of every cache of this process: after a loss of Redis nobody knows which changes it missed."""
    for cache in _caches:
        cache.clear()
