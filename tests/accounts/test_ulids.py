"""Ids: in the order in which a process made them, whatever its clock does."""

from __future__ import annotations

import threading
import time

import pytest
from ulid import ULID

from accounts.ids import ULID_LENGTH, new_ulid


def test_ids_of_one_process_rise() -> None:
    made = [new_ulid() for _ in range(5_000)]
    assert made == sorted(set(made))
    assert {len(id_) for id_ in made} == {ULID_LENGTH}


def test_ids_of_many_threads_are_all_different() -> None:
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.extend(new_ulid() for _ in range(2_000))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 8_000


def test_they_carry_the_time() -> None:
    assert ULID.from_str(new_ulid()).timestamp == pytest.approx(time.time(), abs=2)


def test_they_rise_when_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before = new_ulid()
    monkeypatch.setattr(time, "time_ns", lambda: 1_000_000_000)
    assert new_ulid() > before
