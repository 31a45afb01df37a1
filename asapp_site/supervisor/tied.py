"""Makes a child end with its parent: a parent that is killed cannot stop its children."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

# prctl(2): the signal that the kernel sends when the thread that started this process ends. It stays set after exec,
# and is cleared in the child's own children.
_PR_SET_PDEATHSIG = 1


def tie(death_signal: signal.Signals) -> Callable[[], None] | None:
    """Return the function that a child calls between fork and exec (`preexec_fn`); None on systems other than Linux.

    Call this, and start the child, in the main thread: the child ends with the thread, not with the process.
    """
    if sys.platform != "linux":
        return None
    parent = os.getpid()
    # Loaded before the fork: between fork and exec the child must not take a lock that another thread holds.
    prctl = ctypes.CDLL(None).prctl

    def before_exec() -> None:
        prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # the parent ended before prctl was called
            os._exit(1)

    return before_exec
