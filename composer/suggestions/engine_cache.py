"""Builds engines in the background and swaps them as a whole.

Building takes up to a second for thousands of responses. Meanwhile the engine before it serves; only the very first
engine of an owner is waited for.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

logger = logging.getLogger(__name__)

Owner = TypeVar("Owner", bound=Hashable)
Engine = TypeVar("Engine")
Item = TypeVar("Item")

# About two milliseconds of building, then one in which keystrokes are answered.
_ITEMS_BETWEEN_PAUSES, _PAUSE_S = 20, 0.001


def yielding(items: Iterable[Item]) -> Iterator[Item]:
    """Yield the items with pauses in which this process answers keystrokes. A build takes half as long again."""
    for number, item in enumerate(items):
        if number % _ITEMS_BETWEEN_PAUSES == 0:
            time.sleep(_PAUSE_S)
        yield item


@dataclass(frozen=True, slots=True)
class CachedEngine(Generic[Engine]):
    """`is_latest` False: a newer engine is being built; ask again soon."""

    engine: Engine
    is_latest: bool


@dataclass(slots=True)
class _Job:
    key: str
    done: threading.Event = field(default_factory=threading.Event)
    error: Exception | None = None


class EngineCache(Generic[Owner, Engine]):
    """Engines of at most `size` owners; the least recently used goes first.

    `max_swap_wait_s`: how long a caller waits for a new engine before it is served the one before it.
    """

    def __init__(self, size: int, max_swap_wait_s: float) -> None:
        self._size, self._max_swap_wait_s = size, max_swap_wait_s
        self._ready: OrderedDict[Owner, tuple[str, Engine]] = OrderedDict()
        self._jobs: dict[Owner, _Job] = {}
        self._lock = threading.Lock()
        # One build at a time: two would slow down each other, and the keystrokes.
        self._build_lock = threading.Lock()

    def engine(self, owner: Owner, key: str, build: Callable[[], Engine]) -> CachedEngine[Engine]:
        """Return the owner's engine of this key, or the one before it while that is being built.

        Raises what `build` raised when the owner has no engine at all. `build` runs in a thread of its own and
        must not touch the database.
        """
        with self._lock:
            ready = self._ready.get(owner)
            if ready is not None:
                self._ready.move_to_end(owner)
                if ready[0] == key:
                    return CachedEngine(ready[1], is_latest=True)
            job = self._jobs.get(owner)
            is_new = job is None or job.key != key
            if job is None or is_new:
                job = self._jobs[owner] = _Job(key)
                threading.Thread(target=self._work, args=(owner, job, build), name="engine", daemon=True).start()
        if ready is None:
            job.done.wait()
        elif is_new:
            job.done.wait(self._max_swap_wait_s)
        with self._lock:
            found = self._ready.get(owner)
        if found is None:
            raise job.error or RuntimeError("the engine went before it was used")
        # After a failed build nothing newer comes: the engine before it is the latest there is.
        return CachedEngine(found[1], is_latest=found[0] == key or job.error is not None)

    def _work(self, owner: Owner, job: _Job, build: Callable[[], Engine]) -> None:
        try:
            with self._build_lock:
                engine = build()
        except Exception as error:
            job.error = error
            logger.exception("an engine could not be built", extra={"key": job.key})
        else:
            with self._lock:
                if self._jobs.get(owner) is job:  # not overtaken by a newer one
                    self._ready[owner] = (job.key, engine)
                    self._ready.move_to_end(owner)
                    while len(self._ready) > self._size:
                        self._ready.popitem(last=False)
        finally:
            with self._lock:
                # A failed swap is not tried again and again; a failed first build is, by whoever asks next.
                if self._jobs.get(owner) is job and (job.error is None or owner not in self._ready):
                    del self._jobs[owner]
            job.done.set()

    def clear(self) -> None:
        with self._lock:
            self._ready.clear()
            self._jobs.clear()
