"""The loop that keeps the children running."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from asapp_site.supervisor.children import Child
from asapp_site.supervisor.errors import StartError
from asapp_site.supervisor.probe import Probe
from asapp_site.supervisor.signals import Signals
from caching.embedded import EmbeddedRedisError

logger = logging.getLogger(__name__)

MAX_START_S = 60.0
# Signals end the wait early. This limits the delay when one is lost.
_MAX_WAIT_S = 5.0


class Supervisor:
    """Runs `children` until a stop signal comes, or until one of them dies too often.

    `services` (the embedded Redis server, already started) are restarted like the others, and stop last.
    """

    def __init__(self, children: Sequence[Child], *, services: Sequence[Child], signals: Signals, probe: Probe) -> None:
        self._children = children
        self._services = services
        self._signals = signals
        self._probe = probe
        self._is_ready = False

    def run(self, on_ready: Callable[[], None]) -> None:
        """Start the children, call `on_ready` once the desk answers, and return on a stop signal.

        Raises `StartError` if a child dies before the desk answers, if one dies too often, or if the desk does not
        answer within `MAX_START_S`. The caller has to call `stop` in any case.
        """
        self._signals.supervising = True
        deadline = time.monotonic() + MAX_START_S
        for child in self._children:
            child.start()
        while not self._signals.stop_wanted:
            for child in (*self._services, *self._children):
                self._keep_running(child)
            if not self._is_ready:
                if self._probe.has_answered():
                    self._is_ready = True
                    on_ready()
                elif time.monotonic() > deadline:
                    raise StartError(f"the desk did not answer within {MAX_START_S:.0f} s. See its messages above.")
            self._signals.wait(self._wait_s(), self._probe.fileno())

    def _keep_running(self, child: Child) -> None:
        how = child.how_it_ended()
        if how is not None:
            if not self._is_ready:
                raise StartError(f"{child.name} stopped during the start ({how}). {child.where_to_look}")
            pause = child.record_death()
            if pause is None:
                raise StartError(
                    f"{child.name} stopped three times within a minute, the last time with {how};"
                    f" the desk is stopped. {child.where_to_look}"
                )
            logger.warning("%s stopped (%s); it starts again in %.1f s", child.name, how, pause)
        if child.restart_at is not None and time.monotonic() >= child.restart_at:
            try:
                child.start()
            except EmbeddedRedisError as error:
                raise StartError(str(error)) from error

    def _wait_s(self) -> float:
        """Return the seconds until the next check of the children."""
        now = time.monotonic()
        waits = [child.restart_at - now for child in (*self._services, *self._children) if child.restart_at]
        if not self._is_ready:
            waits.append(0.2)
        return min([_MAX_WAIT_S, *waits])

    def stop(self) -> None:
        """Stop the children, then the services. A second stop signal kills those that still run."""
        self._probe.close()
        for children in (self._children, self._services):
            asked_at = time.monotonic()
            for child in children:
                child.ask_to_stop()
            for child in children:
                self._wait_for_end(child, deadline=asked_at + child.patience_s)

    def _wait_for_end(self, child: Child, *, deadline: float) -> None:
        while child.is_started and child.how_it_ended() is None:
            left = deadline - time.monotonic()
            if left <= 0 or self._signals.hurry:
                logger.warning("%s did not stop in time and is killed", child.name)
                child.kill()
            self._signals.wait(max(0.05, min(left, _MAX_WAIT_S)))
