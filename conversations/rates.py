"""How much somebody may send: a rate for ever, and a burst at once."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_second` for ever, and `burst` at once after a pause."""

    per_second: float
    burst: float


class TokenBucket:
    """What is left of a rate: a token for each unit sent, refilled with time."""

    __slots__ = ("_at", "_rate", "_tokens")

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._tokens = rate.burst
        self._at = time.monotonic()

    def take(self, count: float = 1.0) -> bool:
        """Take `count` tokens; False, and nothing is taken, where there are not so many."""
        self._refill()
        if self._tokens < count:
            return False
        self._tokens -= count
        return True

    @property
    def is_full(self) -> bool:
        """Nothing was sent lately: a new bucket would be the same."""
        self._refill()
        return self._tokens >= self._rate.burst

    def _refill(self) -> None:
        now = time.monotonic()
        self._tokens = min(self._rate.burst, self._tokens + (now - self._at) * self._rate.per_second)
        self._at = now
