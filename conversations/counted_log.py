"""Log lines about a client's errors, with a limit: a client decides how often it errs, and must not fill the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Hashable
from typing import Any

EVERY_S = 60.0


class CountedLog:
    """The log lines of one client. Each kind is logged at once the first time, then once a minute with its count.

    `count` in a line: how many events it stands for. The kinds must be few: all of them stay in memory.
    """

    def __init__(self, logger: logging.Logger, **client: Any) -> None:
        """`client`: what all lines carry."""
        self._logger = logger
        self._client = client
        self._lines: dict[Hashable, _Line] = {}

    def info(self, kind: Hashable, message: str, **details: Any) -> None:
        """`details`: of this time; a line that stands for several has those of the last one."""
        now = time.monotonic()
        line = self._lines.get(kind)
        if line is None:
            line = self._lines[kind] = _Line(message)
        line.count, line.details = line.count + 1, details
        if now >= line.next_at:
            line.next_at = now + EVERY_S
            self._write(line)

    def close(self) -> None:
        """Log what was not logged yet."""
        for line in self._lines.values():
            if line.count:
                self._write(line)

    def _write(self, line: _Line) -> None:
        self._logger.info(line.message, extra={**self._client, **line.details, "count": line.count})
        line.count = 0


class _Line:
    __slots__ = ("count", "details", "message", "next_at")

    def __init__(self, message: str) -> None:
        self.message = message
        self.count = 0
        self.details: dict[str, Any] = {}
        self.next_at = 0.0
