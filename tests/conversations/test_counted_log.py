"""Log lines about one client: at once the first time, then once a minute with their count."""

from __future__ import annotations

import logging

import pytest

from conversations import counted_log
from conversations.counted_log import EVERY_S, CountedLog

logger = logging.getLogger("conversations.test")


class FakeTime:
    now = 5000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    fake = FakeTime()
    monkeypatch.setattr(counted_log, "time", fake)
    return fake


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> CountedLog:
    caplog.set_level(logging.INFO, logger.name)
    return CountedLog(logger, agent="671")


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, int]]:
    return [(record.getMessage(), record.count) for record in caplog.records]  # type: ignore[attr-defined]


def test_the_first_of_each_kind_is_logged_at_once(
    clock: FakeTime,  # noqa: ARG001
    log: CountedLog,
    caplog: pytest.LogCaptureFixture,
) -> None:
    log.info("bad", "bad frame")
    log.info("many", "too many frames")
    assert lines(caplog) == [("bad frame", 1), ("too many frames", 1)]


def test_further_ones_are_counted_and_logged_once_a_minute(
    clock: FakeTime, log: CountedLog, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(100):
        log.info("bad", "bad frame")
    assert lines(caplog) == [("bad frame", 1)]
    clock.now += EVERY_S
    log.info("bad", "bad frame")
    assert lines(caplog) == [("bad frame", 1), ("bad frame", 100)]


def test_kinds_are_counted_apart(clock: FakeTime, log: CountedLog, caplog: pytest.LogCaptureFixture) -> None:
    for kind in ("a", "b", "b", "b"):
        log.info(kind, kind)
    clock.now += EVERY_S
    log.info("a", "a")
    log.info("b", "b")
    assert lines(caplog) == [("a", 1), ("b", 1), ("a", 1), ("b", 3)]


def test_a_line_carries_the_client_and_the_details_of_the_last_time(
    clock: FakeTime, log: CountedLog, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(3):
        log.info("bad", "bad frame", frame=number)
    clock.now += EVERY_S
    log.info("bad", "bad frame", frame=3)
    assert [(record.agent, record.frame) for record in caplog.records] == [("671", 0), ("671", 3)]  # type: ignore[attr-defined]


def test_closing_logs_what_was_only_counted(
    clock: FakeTime,  # noqa: ARG001
    log: CountedLog,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for _ in range(5):
        log.info("bad", "bad frame")
    log.info("once", "only once")
    log.close()
    assert lines(caplog) == [("bad frame", 1), ("only once", 1), ("bad frame", 4)]
    log.close()
    assert len(caplog.records) == 3
