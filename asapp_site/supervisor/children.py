"""A child process: starts it, finds out how it ended, and says when to start it again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable

# A child that dies this often within this time is not started again.
MAX_DEATHS = 3
DEATHS_WINDOW_S = 60.0
FIRST_PAUSE_S = 0.5

Launch = Callable[[], "subprocess.Popen[bytes]"]


class Child:
    """A child process in a process group of its own, so that Ctrl-C reaches only the parent.

    `launch` starts it, `patience_s` is how long it may take to stop, and `where_to_look` ends the message about its
    death.
    """

    def __init__(self, name: str, launch: Launch, *, patience_s: float, where_to_look: str) -> None:
        self.name = name
        self.patience_s = patience_s
        self.where_to_look = where_to_look
        self.restart_at: float | None = None
        self._launch = launch
        self._process: subprocess.Popen[bytes] | None = None
        self._deaths: deque[float] = deque(maxlen=MAX_DEATHS)

    @property
    def is_started(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        self.restart_at = None
        self._process = self._launch()

    def how_it_ended(self) -> str | None:
        """Return None while it runs, else its exit code or signal in words. Also kills its own children."""
        process = self._process
        if process is None:
            return None
        # WNOWAIT leaves the dead process uncollected, so that no other process can get its number: the group that is
        # killed here is its own.
        if not os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return None
        self._signal_group(signal.SIGKILL)
        code = process.wait()
        self._process = None
        return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"

    def record_death(self) -> float | None:
        """Plan the next start and return the pause before it in seconds; None if it died too often."""
        now = time.monotonic()
        self._deaths.append(now)
        recent = sum(now - death < DEATHS_WINDOW_S for death in self._deaths)
        if recent >= MAX_DEATHS:
            return None
        pause = FIRST_PAUSE_S * recent
        self.restart_at = now + pause
        return pause

    def ask_to_stop(self) -> None:
        if self._process:
            self._process.terminate()

    def wait(self) -> None:
        """Wait until it ends; kill it after `patience_s`."""
        deadline = time.monotonic() + self.patience_s
        while self._process and self.how_it_ended() is None:
            if time.monotonic() > deadline:
                self.kill()
            time.sleep(0.02)

    def kill(self) -> None:
        if self._process:
            self._signal_group(signal.SIGKILL)

    def _signal_group(self, number: signal.Signals) -> None:
        if self._process:
            try:
                os.killpg(self._process.pid, number)
            except ProcessLookupError:
                return  # all processes of the group have ended
