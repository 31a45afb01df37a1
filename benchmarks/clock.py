"""Times and sizes of one thread's work."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from typing import Any


def started(make: Callable[[], Any]) -> tuple[Any, float, float]:
    """What `make` made, the seconds and the MB it took."""
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    made = make()
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return made, time.perf_counter() - start, used / 1024


def timed(call: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
    """The result and the milliseconds of this thread's processor time: other work on the machine does not count."""
    start = time.thread_time()
    result = call(*arguments)
    return result, (time.thread_time() - start) * 1000


def percentiles(times: list[float]) -> str:
    ordered = sorted(times)
    return f"p50 {ordered[len(ordered) // 2]:.3f} ms, p99 {ordered[len(ordered) * 99 // 100]:.3f} ms"
