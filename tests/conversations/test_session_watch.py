"""Open sockets whose sessions are looked at by this process's own clock."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
from collections.abc import Collection

import pytest
from django.db import OperationalError

from conversations import session_watch
from conversations.session_watch import SessionWatch
from tests.sockets import PATIENCE_S

# Their threads may still hold a connection of an earlier test, and look after it.
pytestmark = pytest.mark.django_db(transaction=True)


class Page:
    """A socket that counts how often it was asked to look at its session."""

    def __init__(self, *, fails: bool = False) -> None:
        self.looks = 0
        self.was_asked = asyncio.Event()
        self._fails = fails

    async def session_may_have_ended(self) -> None:
        self.looks += 1
        self.was_asked.set()
        if self._fails:
            raise RuntimeError("this socket is broken")


class Sessions:
    """Which sessions ended, as the database would say it."""

    def __init__(self, *over: str) -> None:
        self.over = set(over)
        self.asked: list[set[str]] = []
        self.failures = 0
        self.threads: set[str] = set()
        self.was_asked = threading.Semaphore(0)

    def __call__(self, sessions: Collection[str]) -> set[str]:
        self.asked.append(set(sessions))
        self.was_asked.release()
        self.threads.add(threading.current_thread().name)
        if self.failures:
            self.failures -= 1
            raise OperationalError("the database is away")
        return self.over & set(sessions)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_watch, "LOOK_EVERY_S", 0.005)


async def asked(page: Page) -> None:
    await asyncio.wait_for(page.was_asked.wait(), PATIENCE_S)


async def looked(sessions: Sessions, times: int = 1) -> None:
    """Until the database was asked so many times more."""
    for _ in range(times):
        assert await asyncio.to_thread(sessions.was_asked.acquire, timeout=PATIENCE_S)


async def test_only_sockets_of_ended_sessions_are_asked_to_look() -> None:
    sessions = Sessions("b")
    watch: SessionWatch[str] = SessionWatch(sessions)
    one, two, three = Page(), Page(), Page()
    for page, session in ((one, "a"), (two, "b"), (three, "b")):
        watch.add(page, session)
    await asked(two)
    await asked(three)
    assert one.looks == 0
    for page in (one, two, three):
        watch.discard(page)


async def test_sockets_of_one_session_cost_one_question_in_a_thread_of_their_own() -> None:
    sessions = Sessions()
    watch: SessionWatch[str] = SessionWatch(sessions)
    pages = [Page() for _ in range(5)]
    for page in pages:
        watch.add(page, "same")
    await looked(sessions)
    assert sessions.asked[0] == {"same"}
    assert all(name.startswith("session-watch") for name in sessions.threads)
    for page in pages:
        watch.discard(page)


async def test_a_session_may_change_while_a_socket_is_open() -> None:
    sessions = Sessions("old")
    watch: SessionWatch[str] = SessionWatch(sessions)
    page = Page()
    watch.add(page, "old")
    watch.add(page, "new")
    await looked(sessions, 2)
    assert sessions.asked[0] == {"new"}
    assert page.looks == 0
    watch.discard(page)


async def test_a_database_that_is_away_is_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    sessions = Sessions("a")
    sessions.failures = 2
    watch: SessionWatch[str] = SessionWatch(sessions)
    page = Page()
    watch.add(page, "a")
    await asked(page)
    assert len(sessions.asked) >= 3
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert [record.reason for record in warnings] == ["OperationalError"] * 2  # type: ignore[attr-defined]
    watch.discard(page)


async def test_a_socket_that_fails_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    watch: SessionWatch[str] = SessionWatch(Sessions("a"))
    broken, sound = Page(fails=True), Page()
    watch.add(broken, "a")
    watch.add(sound, "a")
    await asked(broken)
    await asked(sound)
    sound.was_asked.clear()
    await asked(sound)
    assert "was not looked at" in caplog.text
    for page in (broken, sound):
        watch.discard(page)


async def test_without_sockets_nobody_is_asked() -> None:
    sessions = Sessions()
    watch: SessionWatch[str] = SessionWatch(sessions)
    page = Page()
    watch.discard(page)  # never watched
    watch.add(page, "a")
    watch.discard(page)
    other = Page()
    watch.discard(other)
    await asyncio.sleep(0.03)
    assert sessions.asked == []


async def test_watching_begins_again_after_the_last_socket_left() -> None:
    sessions = Sessions("b")
    watch: SessionWatch[str] = SessionWatch(sessions)
    first, second = Page(), Page()
    watch.add(first, "a")
    watch.discard(first)
    watch.add(second, "b")
    await asked(second)
    assert first.looks == 0
    watch.discard(second)


async def test_a_socket_that_is_gone_without_a_word_is_forgotten() -> None:
    sessions = Sessions()
    watch: SessionWatch[str] = SessionWatch(sessions)
    gone, there = Page(), Page()
    watch.add(gone, "gone")
    watch.add(there, "there")
    del gone
    gc.collect()
    await looked(sessions, 2)
    assert sessions.asked[-1] == {"there"}
    watch.discard(there)


async def test_many_sessions_are_asked_for_in_several_queries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_watch, "SESSIONS_PER_QUERY", 4)
    sessions = Sessions("s9")
    watch: SessionWatch[str] = SessionWatch(sessions)
    pages = [Page() for _ in range(10)]
    for number, page in enumerate(pages):
        watch.add(page, f"s{number}")
    await asked(pages[9])
    first_look = sessions.asked[:3]
    assert sorted(map(len, first_look)) == [2, 4, 4]
    assert set().union(*first_look) == {f"s{number}" for number in range(10)}
    assert [page.looks for page in pages[:9]] == [0] * 9
    for page in pages:
        watch.discard(page)
