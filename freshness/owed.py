"""Stamps that could not be replaced when their change was committed: owed until Redis takes them.

While this process owes any, it trusts no copy of its own. A thread pays as soon as Redis is back, so that other
processes, which could not read stamps meanwhile either, are told within a fraction of a second.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Callable, Collection

import redis

logger = logging.getLogger(__name__)

RETRY_EVERY_S = 0.1
# How long a process that ends, such as a command, goes on trying.
LAST_TRY_S = 10.0

Replace = Callable[[Collection[str]], None]


class Owed:
    """The debts of one process. `replace` raises `redis.RedisError` while Redis is away."""

    def __init__(self, replace: Replace) -> None:
        self._replace = replace
        self._topics: dict[str, int] = {}  # each with the number of the debt that was made last
        self._made = 0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def __bool__(self) -> bool:
        return bool(self._topics)

    def add(self, topics: Collection[str]) -> None:
        """Owe these from now on."""
        with self._lock:
            self._made += 1
            self._topics.update(dict.fromkeys(topics, self._made))
            if self._thread is None:
                self._thread = threading.Thread(target=self._pay_until_done, name="owed-stamps", daemon=True)
                self._thread.start()
                atexit.register(self._last_try)

    def pay(self) -> bool:
        """Try once; whether nothing is owed any more."""
        with self._lock:
            owing = dict(self._topics)
        if owing:
            try:
                self._replace(owing)
            except redis.RedisError:
                return False
            with self._lock:  # a debt made meanwhile stays
                self._topics = {name: debt for name, debt in self._topics.items() if owing.get(name) != debt}
        return not self._topics

    def _pay_until_done(self) -> None:
        while True:
            while not self.pay():
                time.sleep(RETRY_EVERY_S)
            with self._lock:
                if not self._topics:
                    self._thread = None
                    atexit.unregister(self._last_try)
                    return

    def _last_try(self) -> None:
        deadline = time.monotonic() + LAST_TRY_S
        while not self.pay():
            if time.monotonic() > deadline:
                logger.error("Redis is away: restart the desk's web processes, or they use old copies for a while")
                return
            time.sleep(RETRY_EVERY_S)
