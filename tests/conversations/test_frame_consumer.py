"""What a client may cost: frames, tasks at a time, and work that is asked for again and again."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from autobahn.exception import Disconnected

from conversations.counted_log import CountedLog
from conversations.rates import Rate, TokenBucket
from conversations.sockets import MAX_TEXT_IN_LOOP, TOO_MANY_FRAMES, FrameConsumer, beside_the_loop, length_of
from tests.sockets import PATIENCE_S

logger = logging.getLogger("conversations.test")


class Small(FrameConsumer):
    max_tasks = 2


class Line:
    """A consumer and what it sent."""

    def __init__(self, frames: float = 3) -> None:
        self.sent: list[dict[str, Any]] = []
        self.consumer = Small()
        self.consumer.base_send = self._sent
        self.consumer.frames_left = TokenBucket(Rate(per_second=0, burst=frames))
        self.consumer.log = CountedLog(logger, client="c")
        self.is_gone = False

    async def _sent(self, message: dict[str, Any]) -> None:
        if self.is_gone:
            raise Disconnected("Attempt to send on a closed protocol")
        self.sent.append(message)

    @property
    def frames(self) -> list[dict[str, Any]]:
        return [json.loads(message["text"]) for message in self.sent if message["type"] == "websocket.send"]

    @property
    def closed_with(self) -> list[int]:
        return [message["code"] for message in self.sent if message["type"] == "websocket.close"]


async def settled() -> None:
    """Until every task that can run has run."""
    for _ in range(20):
        await asyncio.sleep(0)


async def within(work: Awaitable[Any]) -> Any:
    return await asyncio.wait_for(work, PATIENCE_S)


class TestFrames:
    async def test_so_many_are_admitted_and_the_next_closes_the_socket_once(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, logger.name)
        line = Line(frames=3)
        assert [await line.consumer.admits_frame() for _ in range(6)] == [True] * 3 + [False] * 3
        assert line.closed_with == [TOO_MANY_FRAMES]
        assert [record.getMessage() for record in caplog.records] == ["too many frames"]

    async def test_a_closed_socket_says_and_admits_nothing(self) -> None:
        line = Line()
        await line.consumer.end(4000)
        await line.consumer.end(4001)
        await line.consumer.say({"t": "late"})
        await line.consumer.say_error("send", 1, "late", "too late")
        assert line.closed_with == [4000]
        assert line.frames == []
        assert not await line.consumer.admits_frame()

    async def test_a_line_that_broke_before_is_closed_without_a_word(self) -> None:
        line = Line()
        line.is_gone = True
        await line.consumer.end(4000)
        assert not await line.consumer.admits_frame()

    async def test_an_error_frame_names_what_it_answers(self) -> None:
        line = Line()
        await line.consumer.say_error("send", "desk-0001", "blocked", "“Naïve” is blocked")
        [frame] = line.frames
        assert frame == {
            "t": "error",
            "of": "send",
            "ref": "desk-0001",
            "code": "blocked",
            "message": "“Naïve” is blocked",
        }

    async def test_a_burst_lets_other_sockets_have_a_turn(self) -> None:
        line = Line(frames=100)
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        beside = asyncio.create_task(other())
        for _ in range(20):
            assert await line.consumer.admits_frame()
        beside.cancel()
        assert turns >= 15


class TestTasks:
    async def test_while_all_are_busy_no_further_frame_is_taken(self) -> None:
        line, gate, begun = Line(), asyncio.Event(), 0

        async def work() -> None:
            nonlocal begun
            begun += 1
            await gate.wait()

        await within(line.consumer.run(work()))
        await within(line.consumer.run(work()))
        third = asyncio.create_task(line.consumer.run(work()))
        await settled()
        assert (begun, third.done()) == (2, False)
        gate.set()
        await within(third)
        await settled()
        assert begun == 3

    async def test_a_task_that_fails_is_logged_and_frees_its_slot(self, caplog: pytest.LogCaptureFixture) -> None:
        line = Line()

        async def fails() -> None:
            raise ValueError("broken")

        for _ in range(5):
            await within(line.consumer.run(fails()))
        await settled()
        assert caplog.text.count("a socket's task failed") == 5

    async def test_tasks_end_with_the_socket(self, caplog: pytest.LogCaptureFixture) -> None:
        line, ended = Line(), []

        async def work() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(True)

        line.consumer.start(work())
        line.consumer.start(work())
        await settled()
        line.consumer.stop_tasks()
        await settled()
        assert ended == [True, True]
        await line.consumer.say({"t": "late"})
        assert line.frames == []
        assert caplog.records == []

    async def test_a_wait_for_a_free_task_may_be_cancelled(self) -> None:
        """Warnings are errors here: work that was never begun must be closed, not lost."""
        line, gate = Line(), asyncio.Event()

        async def work() -> None:
            await gate.wait()

        for _ in range(2):
            await within(line.consumer.run(work()))
        waiting = asyncio.create_task(line.consumer.run(work()))
        await settled()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        gate.set()


class TestRepeat:
    async def test_work_asked_for_meanwhile_is_done_once_more_and_only_the_newest(self) -> None:
        line, gate, done = Line(), asyncio.Event(), []

        def work(name: str) -> Callable[[], Awaitable[None]]:
            async def run() -> None:
                await gate.wait()
                done.append(name)

            return run

        for name in ("first", "second", "third", "last"):
            line.consumer.repeat("key", work(name))
            await settled()
        gate.set()
        await settled()
        assert done == ["first", "last"]
        line.consumer.repeat("key", work("again"))
        await settled()
        assert done == ["first", "last", "again"]

    async def test_keys_do_not_wait_for_each_other(self) -> None:
        line, gate, done = Line(), asyncio.Event(), []

        async def slow() -> None:
            await gate.wait()

        async def quick() -> None:
            done.append("quick")

        line.consumer.repeat("slow", slow)
        line.consumer.repeat("quick", quick)
        await settled()
        assert done == ["quick"]
        gate.set()

    async def test_a_failure_does_not_lose_what_was_asked_for_later(self, caplog: pytest.LogCaptureFixture) -> None:
        line, gate, done = Line(), asyncio.Event(), []

        async def fails() -> None:
            await gate.wait()
            raise ValueError("broken")

        async def later() -> None:
            done.append("later")

        line.consumer.repeat("key", fails)
        await settled()
        line.consumer.repeat("key", later)
        gate.set()
        await settled()
        assert done == ["later"]
        assert "a socket's task failed" in caplog.text

    async def test_after_the_end_of_the_socket_nothing_is_done_again(self) -> None:
        line, done = Line(), []

        async def first() -> None:
            await asyncio.Event().wait()

        async def later() -> None:
            done.append("later")

        line.consumer.repeat("key", first)
        await settled()
        line.consumer.repeat("key", later)
        line.consumer.stop_tasks()
        await settled()
        assert done == []


@pytest.mark.parametrize(("length", "in_loop"), [(0, True), (MAX_TEXT_IN_LOOP, True), (MAX_TEXT_IN_LOOP + 1, False)])
async def test_only_short_texts_are_worked_on_in_the_loop(length: int, in_loop: bool) -> None:
    assert (await beside_the_loop(length, threading.current_thread) is threading.current_thread()) is in_loop


def test_the_length_of_rows_is_that_of_their_messages() -> None:
    rows: Any = [{"message": {"text": "abc"}}, {"message": None}, {"message": {"text": "de"}}]
    assert length_of(rows) == 5
    assert length_of([]) == 0
