"""A child process: how it is started, how it ended, and whether to start it again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable

# Three deaths within a minute are no accident.
MOST_DEATHS = 3
WITHIN_S = 60.0
FIRST_PAUSE_S = 0.5

Launch = Callable[[], "subprocess.Popen[bytes]"]


class Child:
    """One child process, which leads a process group of its own (so that Ctrl-C reaches the parent alone).

    `launch` starts it; `patience_s` is how long it may take to stop; `where_to_look` ends the line about
    its death.
    """

    def __init__(self, name: str, launch: Launch, *, patience_s: float, where_to_look: str) -> None:
        self.name = name
        self.patience_s = patience_s
        self.where_to_look = where_to_look
        self.restart_at: float | None = None
        self._launch = launch
        self._process: subprocess.Popen[bytes] | None = None
        self._deaths: deque[float] = deque(maxlen=MOST_DEATHS)

    @property
    def is_started(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        self.restart_at = None
        self._process = self._launch()

    def how_it_ended(self) -> str | None:
        """None while it runs; otherwise its exit code or signal, in words. Its own children end with it."""
        process = self._process
        if process is None:
            return None
        # WNOWAIT: while the dead leader is not collected, nobody else can get its number, and the group
        # that is killed here is surely its own.
        if not os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return None
        self._signal_group(signal.SIGKILL)
        code = process.wait()
        self._process = None
        return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"

    def note_death(self) -> float | None:
        """Plan the next start and return the pause before it in seconds; None where it died too often."""
        now = time.monotonic()
        self._deaths.append(now)
        recent = sum(now - death < WITHIN_S for death in self._deaths)
        if recent >= MOST_DEATHS:
            return None
        pause = FIRST_PAUSE_S * recent
        self.restart_at = now + pause
        return pause

    def ask_to_stop(self) -> None:
        if self._process:
            self._process.terminate()

    def wait(self) -> None:
        """Wait for its end, at most `patience_s`; then kill it."""
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
                return  # nobody left to tell
