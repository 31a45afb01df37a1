"""Streams a conversation's rows to one reader: all in order, each once, even if hints are lost or doubled.

A hint (`conversations.events`) that continues what the reader has is delivered as it is. Any other hint only says that
there are more rows, and they are read from the database. So a lost or late hint costs time and never a row.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from channels.db import database_sync_to_async
from django.db import DatabaseError

from conversations.events import Changed, EventRow, rows_of
from conversations.selectors import rows_after
from conversations.threads import in_visitor_thread

logger = logging.getLogger(__name__)

# Rows of one frame; a reader who is further behind gets several frames.
MAX_ROWS_PER_READ = 200
# Pause after a failed read of the database.
RETRY_PAUSE_S = 1.0


class Deliver(Protocol):
    """Delivers new rows. `upto`: the sequence up to which the reader has all rows; `more`: another one follows."""

    def __call__(self, conversation_id: str, rows: Sequence[EventRow], upto: int, more: bool, /) -> Awaitable[None]: ...


Read = Callable[[str, int, int], Awaitable[list[EventRow]]]


def everything(_: EventRow) -> bool:
    """Staff see all rows."""
    return True


def nothing(_: EventRow) -> bool:
    """No row makes a stream pause."""
    return False


class EventStream:
    """The stream of one conversation to one reader, who has all rows up to the sequence `last_seen`.

    After a row for which `pauses_at` is true, nothing is delivered until `resume`: with that row the reader may have
    lost the conversation. `shows` hides rows from the reader. `turns` limits how many streams that share it read the
    database at a time.
    """

    def __init__(
        self,
        conversation_id: str,
        last_seen: int,
        deliver: Deliver,
        shows: Callable[[EventRow], bool] = everything,
        *,
        pauses_at: Callable[[EventRow], bool] = nothing,
        turns: contextlib.AbstractAsyncContextManager[Any] | None = None,
        read: Read | None = None,
    ) -> None:
        self.conversation_id = conversation_id
        self.last_seen = last_seen
        self.is_paused = False
        self._deliver = deliver
        self._shows = shows
        self._pauses_at = pauses_at
        self._turns = turns or contextlib.nullcontext()
        self._read_rows = read
        self._wanted = last_seen
        self._reading: asyncio.Task[None] | None = None

    def take(self, hint: Changed) -> Sequence[EventRow] | None:
        """Return the new rows of a hint that continues what the reader has, as far as the reader sees them.

        The caller delivers them at once: the stream counts them as seen. None: the hint has nothing new, or has to
        wait, or the reader may lose the conversation with it; give it to `on_hint`.
        """
        is_next = hint["after"] <= self.last_seen < hint["upto"] and hint["rows"]
        if not is_next or self._reading is not None or self.is_paused or any(map(self._pauses_at, hint["rows"])):
            return None
        rows = [row for row in hint["rows"] if row["sequence"] > self.last_seen and self._shows(row)]
        self.last_seen = hint["upto"]
        return rows

    async def on_hint(self, hint: Changed) -> None:
        """Act on a hint. Returns at once: where the database has to be read, a task does that."""
        if hint["upto"] <= self.last_seen:
            return
        is_next = hint["rows"] and hint["after"] <= self.last_seen
        if is_next and self._reading is None and not self.is_paused:
            await self._pass_on([row for row in hint["rows"] if row["sequence"] > self.last_seen], hint["upto"], False)
            return
        self._wanted = max(self._wanted, hint["upto"])
        self.catch_up()

    def catch_up(self) -> asyncio.Task[None]:
        """Read the rows that the reader does not have yet, one read at a time. Return the task that reads."""
        # A task that has just ended reads nothing more, even if its callback has not run yet.
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
            self._reading.add_done_callback(self._done)
        return self._reading

    def resume(self) -> None:
        """Go on after the row that paused the stream: the reader still has the conversation."""
        if self.is_paused:
            self.is_paused = False
            self.catch_up()

    def rewind_to(self, after: int) -> None:
        """Deliver the rows above `after` again. The reader drops those that it has."""
        self._wanted = max(self._wanted, self.last_seen)
        self.last_seen = min(self.last_seen, after)

    def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()

    def _done(self, task: asyncio.Task[None]) -> None:
        if self._reading is task:
            self._reading = None
        if not task.cancelled() and task.exception() is not None:
            logger.error("a feed stopped", exc_info=task.exception(), extra={"conversation": self.conversation_id})

    async def _read(self) -> None:
        more = True
        while not self.is_paused and (more or self._wanted > self.last_seen):
            after = self.last_seen
            try:
                async with self._turns:
                    rows = await (self._read_rows or _rows_after)(self.conversation_id, after, MAX_ROWS_PER_READ)
            except DatabaseError as error:
                logger.warning("a look failed", extra={"reason": type(error).__name__})
                await asyncio.sleep(RETRY_PAUSE_S)
                continue
            if self.last_seen != after:
                continue  # the stream was rewound meanwhile
            if not rows:
                return
            more = len(rows) == MAX_ROWS_PER_READ
            await self._pass_on(rows, rows[-1]["sequence"], more)

    async def _pass_on(self, rows: Sequence[EventRow], upto: int, more: bool) -> None:
        pausing = next((index for index, row in enumerate(rows) if self._pauses_at(row)), None)
        if pausing is not None:
            self.is_paused = True
            self._wanted = max(self._wanted, upto)
            rows, upto, more = rows[: pausing + 1], rows[pausing]["sequence"], False
        self.last_seen = upto
        await self._deliver(self.conversation_id, [row for row in rows if self._shows(row)], upto, more)


@database_sync_to_async  # type: ignore[untyped-decorator] # channels has no types
def _rows_after(conversation_id: str, after: int, limit: int) -> list[EventRow]:
    return rows_of(rows_after(conversation_id, after, limit))


@in_visitor_thread
def rows_for_visitor(conversation_id: str, after: int, limit: int) -> list[EventRow]:
    """Read rows for an `EventStream` in a visitors' thread, so that agents do not wait."""
    return rows_of(rows_after(conversation_id, after, limit))
