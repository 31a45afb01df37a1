"""Makes scenes again beside the serving path, after a new list or a new model.

Such a change makes every scene of a company old at once. Were each made again by the keystroke that meets it, a
hundred agents would wait in line for seconds. So keystrokes go on with the scene as it was, and one thread makes
them again, one after the other, as soon as the new engine is there.
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

# Between two scenes the thread lets the keystrokes of this process go first.
_PAUSE_S = 0.002
# How long to wait for an engine that is being built.
_BUILDING_S = 0.05


class Refresher(Generic[Key]):
    """A thread and its queue. `renew` makes one scene again; False: not yet, ask again soon.

    `drop` forgets a scene that could not be made again, so that the next keystroke finds out why.
    """

    def __init__(self, renew: Callable[[Key], bool], drop: Callable[[Key], None]) -> None:
        self._renew, self._drop = renew, drop
        self._waiting: OrderedDict[Key, None] = OrderedDict()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None

    def later(self, key: Key) -> None:
        """Ask for a scene to be made again; any number of times is once. Never waits."""
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
            time.sleep(_PAUSE_S if done else _BUILDING_S)

    def _try(self, key: Key) -> bool:
        try:
            return self._renew(key)
        except Exception:
            logger.exception("a scene could not be made again")
            self._drop(key)
            return True
        finally:
            connections.close_all()
