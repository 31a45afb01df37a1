"""Engines are built beside the serving path: who asks is served by the one before, and never waits for long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from composer.suggestions.engine_cache import EngineCache


def held(result: str, gate: threading.Event) -> Callable[[], str]:
    def build() -> str:
        assert gate.wait(10)
        return result

    return build


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    return condition()


def test_the_first_engine_is_waited_for_and_built_once() -> None:
    workshop: EngineCache[str, str] = EngineCache(4, 0.0)
    built: list[str] = []

    def build() -> str:
        time.sleep(0.05)
        built.append("one")
        return "one"

    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(workshop.engine("a", "1", build).engine)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, built) == (["one"] * 8, ["one"])


def test_the_old_engine_serves_while_the_new_one_is_built() -> None:
    workshop: EngineCache[str, str] = EngineCache(4, 0.0)
    gate = threading.Event()
    workshop.engine("a", "1", lambda: "old")
    served = workshop.engine("a", "2", held("new", gate))
    assert (served.engine, served.is_latest) == ("old", False)
    gate.set()
    assert eventually(lambda: workshop.engine("a", "2", held("new", gate)).is_latest)
    assert workshop.engine("a", "2", held("never", gate)).engine == "new"


def test_a_small_swap_is_waited_for() -> None:
    workshop: EngineCache[str, str] = EngineCache(4, 5.0)
    workshop.engine("a", "1", lambda: "old")
    served = workshop.engine("a", "2", lambda: "new")
    assert (served.engine, served.is_latest) == ("new", True)


def test_a_build_that_was_overtaken_is_dropped() -> None:
    workshop: EngineCache[str, str] = EngineCache(4, 0.0)
    slow, quick = threading.Event(), threading.Event()
    workshop.engine("a", "1", lambda: "one")
    workshop.engine("a", "2", held("two", slow))
    workshop.engine("a", "3", held("three", quick))
    slow.set()
    quick.set()
    assert eventually(lambda: workshop.engine("a", "3", lambda: "again").is_latest)
    assert workshop.engine("a", "3", lambda: "again").engine == "three"


def test_a_failed_build_leaves_the_old_engine_there(caplog: pytest.LogCaptureFixture) -> None:
    workshop: EngineCache[str, str] = EngineCache(4, 5.0)

    def fail() -> str:
        raise OSError("disk gone")

    with pytest.raises(OSError, match="disk gone"):
        workshop.engine("a", "1", fail)
    workshop.engine("a", "2", lambda: "old")
    for _ in range(2):
        served = workshop.engine("a", "3", fail)
        assert (served.engine, served.is_latest) == ("old", True), "nothing newer is coming"
    assert "could not be built" in caplog.text
    assert workshop.engine("a", "4", lambda: "new").engine == "new"


def test_owners_are_apart_and_the_longest_unused_goes_first() -> None:
    workshop: EngineCache[str, str] = EngineCache(2, 5.0)
    for owner in ("a", "b"):
        workshop.engine(owner, "1", lambda owner=owner: owner)
    workshop.engine("a", "1", lambda: "unused")
    workshop.engine("c", "1", lambda: "c")
    assert workshop.engine("a", "1", lambda: "anew").engine == "a"
    assert workshop.engine("b", "1", lambda: "anew").engine == "anew"
