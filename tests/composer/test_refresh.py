"""Scenes are made again beside the serving path: once each, later when not ready, forgotten when it fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from composer.suggestions.refresh import Refresher


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    return condition()


def test_each_is_made_again_once_however_often_it_is_asked_for() -> None:
    made: list[str] = []
    gate = threading.Event()

    def renew(key: str) -> bool:
        return gate.wait(10) and not made.append(key)

    refresher: Refresher[str] = Refresher(renew, made.remove)
    for _ in range(50):
        refresher.later("a")
    refresher.later("b")
    gate.set()
    assert eventually(lambda: made == ["a", "b"])


def test_what_is_not_ready_is_asked_again() -> None:
    asked: list[str] = []

    def renew(key: str) -> bool:
        asked.append(key)
        return len(asked) == 3

    Refresher(renew, asked.remove).later("a")
    assert eventually(lambda: asked == ["a"] * 3)
    time.sleep(0.2)
    assert asked == ["a"] * 3


def test_what_fails_is_dropped_and_the_rest_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    made: list[str] = []
    dropped: list[str] = []

    def renew(key: str) -> bool:
        if key == "bad":
            raise ValueError(key)
        return not made.append(key)

    refresher = Refresher(renew, dropped.append)
    refresher.later("bad")
    refresher.later("good")
    assert eventually(lambda: (made, dropped) == (["good"], ["bad"]))
    assert "could not be rebuilt" in caplog.text
