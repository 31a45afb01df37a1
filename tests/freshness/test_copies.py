"""Copies are used while their stamps hold, for a bounded time, and no more than fit."""

from __future__ import annotations

import pytest

from freshness.copies import Copies
from freshness.stamps import topic

A = topic("thing", 1)


def test_a_copy_is_current_while_its_stamps_are() -> None:
    copies: Copies[str, int] = Copies(2)
    copies.keep("k", 7, topics=[A], stamps=[b"1"])
    copy = copies.find("k")
    assert copy is not None
    assert copy.value == 7
    assert copy.is_current([b"1"])
    assert not copy.is_current([b"2"])
    assert not copy.is_current([None])


def test_a_copy_ends_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    copies: Copies[str, int] = Copies(2)
    now = 1000.0
    monkeypatch.setattr("freshness.copies.time.monotonic", lambda: now)
    copies.keep("k", 7, topics=[A], stamps=[b"1"], max_age_s=10)
    copy = copies.find("k")
    assert copy is not None
    now = 1009.0
    assert copy.is_current([b"1"])
    now = 1010.0
    assert not copy.is_current([b"1"])


def test_the_longest_unused_goes_first() -> None:
    copies: Copies[str, int] = Copies(2)
    for name in ("a", "b"):
        copies.keep(name, 1, topics=[], stamps=[])
    copies.find("a")
    copies.keep("c", 1, topics=[], stamps=[])
    assert copies.find("b") is None
    assert copies.find("a") is not None
    copies.clear()
    assert copies.find("a") is None


def test_a_size_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Copies(0)
