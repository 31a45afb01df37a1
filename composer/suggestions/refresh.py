"""Rebuilds contexts beside the serving path, after a new list or a new model.

Such a change makes every context of a company stale at once. If the next keystroke of each rebuilt it, a hundred agents
would wait in line for seconds. So keystrokes go on with the stale context, and one thread rebuilds them, one after the
other, as soon as the new engine is there.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from django.db import connections

logger = logging.getLogger(__name__)

Key = TypeVar("Key", bound=Hashable)

# Pause between two rebuilds, in which this process answers keystrokes.
_PAUSE_S = 0.002
# Pause before the next try while an engine is being built.
_ENGINE_PAUSE_S = 0.05


class Refresher(Generic[Key]):
    """A thread and its queue. `rebuild` makes one context anew; False means not yet, call it again soon.

    `forget` drops a context whose rebuild failed, so that the next keystroke finds out why.
    """

    def __init__(self, rebuild: Callable[[Key], bool], forget: Callable[[Key], None]) -> None:
        self._rebuild, self._forget = rebuild, forget
        self._waiting: OrderedDict[Key, None] = OrderedDict()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None

    def later(self, key: Key) -> None:
        """Queue a context once, however often this is called. Never waits."""
        with self._wake:
            if key in self._waiting:
                return
            self._waiting[key] = None
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="refresh", daemon=True)
                self._thread.start()
            self._wake.notify()

    def _work(self) -> None:
        while True:
            with self._wake:
                if not self._waiting and not self._wake.wait_for(lambda: bool(self._waiting), timeout=5):
                    self._thread = None
                    return
                key = next(iter(self._waiting))
            done = self._try(key)
            with self._wake:
                self._waiting.pop(key, None)
                if not done:
                    self._waiting[key] = None
            time.sleep(_PAUSE_S if done else _ENGINE_PAUSE_S)

    def _try(self, key: Key) -> bool:
        try:
            return self._rebuild(key)
        except Exception:
            logger.exception("a context could not be rebuilt")
            self._forget(key)
            return True
        finally:
            connections.close_all()
