"""Copies kept in a process's memory, each with the stamps under which it was made (see `freshness.stamps`)."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from freshness.stamps import Stamp, Topic

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# Long enough never to matter on the way of a keystroke, short enough to bound what a bug could keep alive.
MAX_AGE_S = 3600.0


@dataclass(frozen=True, slots=True)
class Copy(Generic[V]):
    """A value, what it depends on, and the stamps read before it was made. `until` is monotonic time."""

    value: V
    topics: tuple[Topic, ...]
    stamps: tuple[Stamp, ...]
    until: float

    def is_current(self, stamps: Sequence[Stamp]) -> bool:
        return tuple(stamps) == self.stamps and time.monotonic() < self.until


class Copies(Generic[K, V]):
    """At most `size` copies; the one longest unused goes first. Safe from any thread."""

    def __init__(self, size: int) -> None:
        if size < 1:
            raise ValueError("size must be at least 1")
        self._size = size
        self._rows: OrderedDict[K, Copy[V]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: K) -> Copy[V] | None:
        """The copy, current or not: the caller compares its stamps."""
        with self._lock:
            copy = self._rows.get(key)
            if copy is not None:
                self._rows.move_to_end(key)
            return copy

    def keep(
        self,
        key: K,
        value: V,
        *,
        topics: Sequence[Topic],
        stamps: Sequence[Stamp],
        max_age_s: float = MAX_AGE_S,
    ) -> None:
        """Keep a value made from what was read after `stamps` were."""
        copy = Copy(value, tuple(topics), tuple(stamps), time.monotonic() + min(max_age_s, MAX_AGE_S))
        with self._lock:
            self._rows[key] = copy
            self._rows.move_to_end(key)
            while len(self._rows) > self._size:
                self._rows.popitem(last=False)

    def drop(self, key: K) -> None:
        """Forget one."""
        with self._lock:
            self._rows.pop(key, None)

    def clear(self) -> None:
        """Forget everything: after a loss of Redis nobody knows which changes were missed."""
        with self._lock:
            self._rows.clear()
