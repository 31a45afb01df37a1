"""Invalidations that Redis did not take when their change was committed: kept until it takes them.

While this process has any, it trusts none of its own cached values. A thread flushes them as soon as Redis is back, so
that other processes, which could not read versions meanwhile either, see the change within a fraction of a second.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Callable, Collection

import redis

logger = logging.getLogger(__name__)

RETRY_INTERVAL_S = 0.1
# How long a process that ends, such as a command, goes on trying.
MAX_EXIT_DELAY_S = 10.0

Replace = Callable[[Collection[str]], None]


class PendingInvalidations:
    """The pending invalidations of one process. `replace` raises `redis.RedisError` while Redis is away."""

    def __init__(self, replace: Replace) -> None:
        self._replace = replace
        self._keys: dict[str, int] = {}  # each with the number of the call that added it last
        self._additions = 0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def __bool__(self) -> bool:
        return bool(self._keys)

    def add(self, keys: Collection[str]) -> None:
        """Keep these keys until Redis takes them."""
        with self._lock:
            self._additions += 1
            self._keys.update(dict.fromkeys(keys, self._additions))
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._flush_until_empty, name="pending-invalidations", daemon=True
                )
                self._thread.start()
                atexit.register(self._flush_at_exit)

    def flush(self) -> bool:
        """Try once. Return whether nothing is pending any more."""
        with self._lock:
            sent = dict(self._keys)
        if sent:
            try:
                self._replace(sent)
            except redis.RedisError:
                return False
            with self._lock:  # a key that was added again meanwhile stays
                self._keys = {name: number for name, number in self._keys.items() if sent.get(name) != number}
        return not self._keys

    def _flush_until_empty(self) -> None:
        while True:
            while not self.flush():
                time.sleep(RETRY_INTERVAL_S)
            with self._lock:
                if not self._keys:
                    self._thread = None
                    atexit.unregister(self._flush_at_exit)
                    return

    def _flush_at_exit(self) -> None:
        deadline = time.monotonic() + MAX_EXIT_DELAY_S
        while not self.flush():
            if time.monotonic() > deadline:
                logger.error("Redis is away: restart the desk's web processes, or they use old values for up to 1 h")
                return
            time.sleep(RETRY_INTERVAL_S)
