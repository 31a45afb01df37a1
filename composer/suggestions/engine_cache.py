"""Builds engines beside the serving path and swaps them as a whole.

Building takes up to a second for thousands of responses. Whoever asks meanwhile is served by the engine that was
there before; only the very first one of a company is waited for.
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

# Some two milliseconds of building, then one for the keystrokes.
_ITEMS_A_TURN, _PAUSE_S = 20, 0.001


def unhurried(items: Iterable[Item]) -> Iterator[Item]:
    """The items, with pauses in which the keystrokes of this process go first: a build takes half as long again."""
    for number, item in enumerate(items):
        if number % _ITEMS_A_TURN == 0:
            time.sleep(_PAUSE_S)
        yield item


@dataclass(frozen=True, slots=True)
class Served(Generic[Engine]):
    """`latest` False: a newer engine is being built; ask again soon."""

    engine: Engine
    latest: bool


@dataclass(slots=True)
class _Job:
    key: str
    done: threading.Event = field(default_factory=threading.Event)
    error: Exception | None = None


class Workshop(Generic[Owner, Engine]):
    """At most `size` owners' engines; the one longest unused goes first. `patience_s`: what a small swap may take."""

    def __init__(self, size: int, patience_s: float) -> None:
        self._size, self._patience_s = size, patience_s
        self._ready: OrderedDict[Owner, tuple[str, Engine]] = OrderedDict()
        self._jobs: dict[Owner, _Job] = {}
        self._lock = threading.Lock()
        # One at a time: two builds would only slow each other down, and the keystrokes with them.
        self._bench = threading.Lock()

    def engine(self, owner: Owner, key: str, build: Callable[[], Engine]) -> Served[Engine]:
        """The owner's engine of this key, or the one before it while that is built.

        Raises what `build` raised when the owner has no engine at all. `build` runs in a thread of its own and
        must not touch the database.
        """
        with self._lock:
            ready = self._ready.get(owner)
            if ready is not None:
                self._ready.move_to_end(owner)
                if ready[0] == key:
                    return Served(ready[1], True)
            job = self._jobs.get(owner)
            is_new = job is None or job.key != key
            if job is None or is_new:
                job = self._jobs[owner] = _Job(key)
                threading.Thread(target=self._work, args=(owner, job, build), name="engine", daemon=True).start()
        if ready is None:
            job.done.wait()
        elif is_new:
            job.done.wait(self._patience_s)
        with self._lock:
            found = self._ready.get(owner)
        if found is None:
            raise job.error or RuntimeError("the engine went before it was used")
        # After a failed build nothing newer is coming: what serves is the latest there is.
        return Served(found[1], found[0] == key or job.error is not None)

    def _work(self, owner: Owner, job: _Job, build: Callable[[], Engine]) -> None:
        try:
            with self._bench:
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
