"""The loop that looks after the children."""

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

READY_WITHIN_S = 60.0
# Signals end the wait early; this bounds what a lost one could cost.
_LONGEST_WAIT_S = 5.0


class Supervisor:
    """Runs `children` until a stop signal comes, or until one of them cannot be kept alive.

    `foundation` (the embedded Redis server, already started) is looked after like the others and stops last.
    """

    def __init__(
        self, children: Sequence[Child], *, foundation: Sequence[Child], signals: Signals, probe: Probe
    ) -> None:
        self._children = children
        self._foundation = foundation
        self._signals = signals
        self._probe = probe
        self._is_ready = False

    def run(self, on_ready: Callable[[], None]) -> None:
        """Start the children, call `on_ready` once the desk serves, return when told to stop.

        Raises `StartError` where a child dies before that, dies too often, or the desk does not come to
        serve within `READY_WITHIN_S` seconds. The caller calls `stop` in any case.
        """
        self._signals.supervising = True
        ready_by = time.monotonic() + READY_WITHIN_S
        for child in self._children:
            child.start()
        while not self._signals.stop_wanted:
            for child in (*self._foundation, *self._children):
                self._look_after(child)
            if not self._is_ready:
                if self._probe.has_answered():
                    self._is_ready = True
                    on_ready()
                elif time.monotonic() > ready_by:
                    raise StartError(
                        f"the desk did not answer within {READY_WITHIN_S:.0f} s. Its messages stand above."
                    )
            self._signals.wait(self._next_look_s(), self._probe.fileno())

    def _look_after(self, child: Child) -> None:
        how = child.how_it_ended()
        if how is not None:
            if not self._is_ready:
                raise StartError(f"{child.name} stopped during the start ({how}). {child.where_to_look}")
            pause = child.note_death()
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

    def _next_look_s(self) -> float:
        now = time.monotonic()
        waits = [child.restart_at - now for child in (*self._foundation, *self._children) if child.restart_at]
        if not self._is_ready:
            waits.append(0.2)
        return min([_LONGEST_WAIT_S, *waits])

    def stop(self) -> None:
        """Stop the children, then what they stand on. A second stop signal kills what is left."""
        self._probe.close()
        for children in (self._children, self._foundation):
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
            self._signals.wait(max(0.05, min(left, _LONGEST_WAIT_S)))
