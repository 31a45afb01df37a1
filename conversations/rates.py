"""Rate limits: a steady rate, and a burst after a pause (token bucket)."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """A steady rate of `per_second` units, and at most `burst` units at once after a pause."""

    per_second: float
    burst: float


class TokenBucket:
    """A token bucket: each unit takes a token, and time refills them."""

    __slots__ = ("_at", "_rate", "_tokens")

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._tokens = rate.burst
        self._at = time.monotonic()

    def take(self, count: float = 1.0) -> bool:
        """Take `count` tokens. Return False, and take none, where there are fewer."""
        self._refill()
        if self._tokens < count:
            return False
        self._tokens -= count
        return True

    @property
    def is_full(self) -> bool:
        """Is it full? Then it equals a new bucket, and may be dropped."""
        self._refill()
        return self._tokens >= self._rate.burst

    def _refill(self) -> None:
        now = time.monotonic()
        self._tokens = min(self._rate.burst, self._tokens + (now - self._at) * self._rate.per_second)
        self._at = now
