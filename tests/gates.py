"""Holds a function of the product until a test lets it go, and counts its calls."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

PATIENCE_S = 30


class Gate:
    """Stands in the way of one function, which runs in threads: calls wait until `open`."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.calls = 0
        self._function = function
        self._is_open = threading.Event()
        self._was_called = threading.Event()

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        self.calls += 1
        self._was_called.set()
        assert self._is_open.wait(PATIENCE_S), "the test never opened the gate"
        return self._function(*arguments, **named)

    def open(self) -> None:
        self._is_open.set()

    async def called(self) -> None:
        """Until the first call has come: threads have no order."""
        assert await asyncio.to_thread(self._was_called.wait, PATIENCE_S), "it was never called"


def gate(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> Gate:
    """A gate, closed, in front of the function of this name."""
    made = Gate(getattr(module, name))
    monkeypatch.setattr(module, name, made)
    return made
