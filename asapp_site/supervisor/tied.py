"""Ties a child to its parent's life: where the parent is killed outright, nobody is left to stop the child."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

# prctl(2): the signal that the kernel sends when the thread that made this process ends. It outlives exec,
# and is cleared in the child's own children.
_PR_SET_PDEATHSIG = 1


def tie(death_signal: signal.Signals) -> Callable[[], None] | None:
    """What a child calls between fork and exec (`preexec_fn`). Linux only; elsewhere there is nothing to call.

    Call it, and start the child, from the main thread: the tie is to the thread, not to the process.
    """
    if sys.platform != "linux":
        return None
    parent = os.getpid()
    # Loaded before the fork: between fork and exec the child may take no lock that another thread held.
    prctl = ctypes.CDLL(None).prctl

    def before_exec() -> None:
        prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # the parent ended before the tie was made
            os._exit(1)

    return before_exec
