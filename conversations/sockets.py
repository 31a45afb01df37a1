"""The base of all consumers: it sends frames, counts those that come in, and runs tasks that end with the socket.

A client cannot decide how much work there is. Frames are counted, and above the limit the connection is closed. Work
runs in a few tasks at a time, and while all are busy no further frame is read. Work that is asked for again while it
waits or runs is done once more, however often it was asked for.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Mapping, Sequence
from contextvars import Context, copy_context
from typing import Any, TypeVar

import pydantic_core
from autobahn.exception import Disconnected

from accounts.request_context import request_context, socket_context
from caching.sockets import SEND_TEXT, LowLatencyConsumer, Receive, Send, SendText
from conversations.counted_log import CountedLog
from conversations.events import EventRow
from conversations.rates import TokenBucket

logger = logging.getLogger(__name__)

# RFC 6455: "policy violation". The page waits and connects again.
TOO_MANY_FRAMES = 1008
# Frames that are closer together than this are a burst: after each, other sockets get a turn.
BURST_GAP_S = 0.001

Work = Callable[[], Awaitable[None]]


# Characters that are processed within 2 ms, whatever the text. A longer text would delay every other socket.
MAX_TEXT_IN_LOOP = 500
T = TypeVar("T")


async def beside_the_loop(length: int, work: Callable[..., T], *args: Any) -> T:
    """Run `work` on a text of this length: at once where it is short, else in a thread."""
    return work(*args) if length <= MAX_TEXT_IN_LOOP else await asyncio.to_thread(work, *args)


def length_of(rows: Sequence[EventRow]) -> int:
    """Return the number of characters of the messages of these rows."""
    return sum(len(row["message"]["text"]) for row in rows if row["message"] is not None)


class FrameConsumer(LowLatencyConsumer):
    """Sends frames, and runs slow work in tasks: a slow `receive` would delay the next frame of its socket.

    A consumer sets `frames_left` and `log` when it knows its client, and calls `admits_frame` for each frame.
    """

    # Tasks of one socket that run at the same time.
    max_tasks = 8

    frames_left: TokenBucket
    log: CountedLog

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(self.max_tasks)
        self._repeats: dict[Hashable, Work | None] = {}
        self._soon: dict[Hashable, Work] = {}
        self._over = False
        self._last_frame_at = 0.0
        self._send_text: SendText | None = None
        self._context: Context | None = None

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        self._send_text = scope.get("extensions", {}).get(SEND_TEXT)
        # Every task and thread of this socket begins here, and so has its address and id for audit entries and the log.
        with request_context(socket_context(scope)):
            self._context = copy_context()
            await super().__call__(scope, receive, send)

    async def say(self, frame: Mapping[str, Any]) -> None:
        """Send a frame. Does nothing on a closed connection: the client catches up by sequence."""
        if self._over:
            return
        data = pydantic_core.to_json(frame)
        if self._send_text is not None:
            self._send_text(data)
            return
        with contextlib.suppress(Disconnected):
            await self.base_send({"type": "websocket.send", "text": data.decode()})

    def may_say_at_once(self, rows: Sequence[EventRow]) -> bool:
        """Can these rows be sent without waiting: messages only, short ones, to a server that takes frames directly?"""
        is_short = all(row["message"] is not None for row in rows) and length_of(rows) <= MAX_TEXT_IN_LOOP
        return is_short and self._send_text is not None and not self._over

    def say_at_once(self, frame: Mapping[str, Any]) -> None:
        """Send a frame without waiting. Only after `may_say_at_once`."""
        if self._send_text is not None:
            self._send_text(pydantic_core.to_json(frame))

    async def say_error(self, of: str, ref: str | int | None, code: str, message: str) -> None:
        await self.say({"t": "error", "of": of, "ref": ref, "code": code, "message": message})

    async def end(self, code: int) -> None:
        """Close the connection for good: no further frame is read or sent."""
        if self._over:
            return
        self._over, self._listens = True, False
        with contextlib.suppress(Disconnected):
            await self.close(code=code)

    # --- what frames may cost -------------------------------------------------------------------------------

    async def admits_frame(self) -> bool:
        """Count a frame. Return False when the socket is closed, or was just closed for too many frames."""
        if self._over:
            return False
        if not self.frames_left.take():
            self.log.info("too many frames", "too many frames")
            await self.end(TOO_MANY_FRAMES)
            return False
        now = time.monotonic()
        is_burst, self._last_frame_at = now - self._last_frame_at < BURST_GAP_S, now
        if is_burst:
            await asyncio.sleep(0)
        return not self._over

    async def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Start the work of a frame. While `max_tasks` tasks run, this waits, and no further frame is read."""
        try:
            await self._slots.acquire()
        except BaseException:
            work.close()
            raise
        self.start(work).add_done_callback(lambda _: self._slots.release())

    def repeat(self, key: Hashable, work: Work) -> None:
        """Do this work now or, while work of the same key waits or runs, once more after it. Only the newest is kept.

        The keys must be few: they limit how many tasks this starts.
        """
        if key in self._repeats:
            self._repeats[key] = work
        else:
            self._repeats[key] = None
            self.start(self._repeat(key, work))

    async def _repeat(self, key: Hashable, work: Work | None) -> None:
        try:
            while work is not None:
                async with self._slots:
                    await work()
                work, self._repeats[key] = self._repeats[key], None
        finally:
            newer = self._repeats.pop(key)
            if newer is not None and not self._over:
                self.repeat(key, newer)  # a failure is logged, and stops nothing that was asked for later

    def soon(self, key: Hashable, work: Work, *, within_s: float) -> None:
        """Do this work once, at a random moment of the next `within_s` seconds: many sockets have it to do at once.

        Work that is asked for before that moment comes replaces it; the keys must be few.
        """
        if key not in self._soon:
            self.start(self._at_its_moment(key, within_s))
        self._soon[key] = work

    async def _at_its_moment(self, key: Hashable, within_s: float) -> None:
        await asyncio.sleep(random.uniform(0, within_s))  # noqa: S311 spreads load, keeps no secret
        await self._soon.pop(key)()

    # --- tasks ----------------------------------------------------------------------------------------------

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        # Not in the context of the moment: a hint may be handed over in that of another socket.
        task = asyncio.create_task(work, context=self._context and self._context.copy())
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def stop_tasks(self) -> None:
        """Cancel all tasks: the socket is gone."""
        self._over = True
        for task in self._tasks:
            task.cancel()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.task_failed(error)

    def task_failed(self, error: BaseException) -> None:
        """Handle what a task raised."""
        logger.error("a socket's task failed", exc_info=error)
