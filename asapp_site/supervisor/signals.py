"""Signals as something to wait for, and not as interruptions in the middle of other work."""

from __future__ import annotations

import os
import select
import signal
from types import FrameType, TracebackType
from typing import Self

from asapp_site.supervisor.errors import StopRequested

# A closed terminal (SIGHUP) stops the desk like Ctrl-C does: nobody would be left to stop it.
_STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Signals:
    """Inside the `with` block: `stop_wanted` tells whether to stop, and `wait` ends early on any signal.

    The first stop signal is only noted, so that no step is cut in two. A second one means haste: it raises
    `StopRequested` while the desk prepares (`supervising` is False), and sets `hurry` once it runs.
    """

    def __init__(self) -> None:
        self.stop_wanted = False
        self.hurry = False
        self.supervising = False

    def __enter__(self) -> Self:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        self._old_wakeup = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        self._old = {number: signal.signal(number, self._on_stop) for number in _STOP}
        # A handler of Python's own is what makes the end of a child reach the pipe.
        self._old[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._old_wakeup)
        os.close(self._reader)
        os.close(self._writer)

    def _on_stop(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 the signature of a handler
        if self.stop_wanted:
            self.hurry = True
            if not self.supervising:
                raise StopRequested
        self.stop_wanted = True

    def raise_if_stopped(self) -> None:
        """Raise `StopRequested` where a stop signal has come; called between the steps of the preparation."""
        if self.stop_wanted:
            raise StopRequested

    def wait(self, timeout_s: float, also: int | None = None) -> None:
        """Wait for a signal, for the descriptor `also` to have something to read, or for `timeout_s`."""
        poller = select.poll()
        poller.register(self._reader, select.POLLIN)
        if also is not None:
            poller.register(also, select.POLLIN)
        poller.poll(max(0, int(timeout_s * 1000)))
        try:
            while os.read(self._reader, 1024):
                pass
        except BlockingIOError:
            return
