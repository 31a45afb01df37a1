"""Turns signals into something to wait for, so that they do not interrupt other work."""

from __future__ import annotations

import os
import select
import signal
from types import FrameType, TracebackType
from typing import Self

from asapp_site.supervisor.errors import StopRequested

# A closed terminal (SIGHUP) stops the desk as Ctrl-C does, because nobody could stop it afterwards.
_STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Signals:
    """Inside the `with` block, `stop_wanted` is True after a stop signal, and `wait` ends early on any signal.

    The first stop signal only sets `stop_wanted`, so that no step is interrupted. A second one raises `StopRequested`
    while the desk prepares (`supervising` is False), and sets `hurry` once it runs.
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
        # Without a Python handler, the end of a child would not be written to the pipe.
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
        """Raise `StopRequested` if a stop signal has come. Called between the steps of the preparation."""
        if self.stop_wanted:
            raise StopRequested

    def wait(self, timeout_s: float, also: int | None = None) -> None:
        """Wait for a signal, for data on the descriptor `also`, or for `timeout_s` seconds."""
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
