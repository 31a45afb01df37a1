"""Batches the messages that sockets of this process send, and stores each batch in one transaction.

While one transaction is under way, new messages wait for the next one: batches grow with the load, and the cost of a
message falls. Under load the next transaction also waits a moment, because most of its cost does not depend on the
number of messages. Messages are stored in the order in which they came.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections import deque
from collections.abc import Sequence

from channels.db import database_sync_to_async

from accounts.request_context import outside
from conversations.models import Message
from conversations.pending import PendingMessage, store_all

logger = logging.getLogger(__name__)

# Messages of one transaction. In a larger batch the first message would wait long for the last one.
MAX_BATCH = 100
# After a batch of BUSY_BATCH messages the next one begins at least so long after it began. 500 messages a second are
# then stored in 20 transactions instead of 80, each of which takes 5 to 10 ms of CPU before its first message. A
# message waits half of this time on average where it is one of many; fewer messages at a time do not wait.
PACE_S, BUSY_BATCH = 0.05, 4

_Waiting = tuple[PendingMessage, "asyncio.Future[Message]"]


class MessageBatcher:
    """The messages of one event loop."""

    def __init__(self) -> None:
        self._waiting: deque[_Waiting] = deque()
        self._storing: asyncio.Task[None] | None = None
        self._next_at = 0.0  # by the loop's clock

    async def store(self, message: PendingMessage) -> Message:
        """Return the stored row. Raises the reason why the message was refused, or what the database raises."""
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[Message] = loop.create_future()
        self._waiting.append((message, stored))
        if self._storing is None or self._storing.done():
            self._storing = loop.create_task(self._run(), context=outside())
        return await stored

    async def _run(self) -> None:
        while self._waiting:
            loop = asyncio.get_running_loop()
            if (pause := self._next_at - loop.time()) > 0:
                await asyncio.sleep(pause)
            batch = [self._waiting.popleft() for _ in range(min(MAX_BATCH, len(self._waiting)))]
            self._next_at = loop.time() + PACE_S if BUSY_BATCH <= len(batch) < MAX_BATCH else 0.0
            if not await self._try(batch):
                for waiting in batch:
                    await self._try([waiting])

    async def _try(self, batch: Sequence[_Waiting]) -> bool:
        """Store a batch. Return False where the database refused several as a whole: each is then tried alone."""
        try:
            results = await _store_all([message for message, _ in batch])
        except Exception as error:
            if len(batch) > 1:
                about = {"messages": len(batch), "reason": type(error).__name__}
                logger.warning("messages are stored one by one", extra=about)
                return False
            results = [error]
        for (_, stored), result in zip(batch, results, strict=True):
            if stored.done():
                continue  # the sender went away
            if isinstance(result, Exception):
                stored.set_exception(result)
            else:
                stored.set_result(result)
        return True


@database_sync_to_async  # type: ignore[untyped-decorator] # channels has no types
def _store_all(messages: Sequence[PendingMessage]) -> list[Message | Exception]:
    """Store in the thread in which this process writes: SQLite has one writer, and a second one would wait."""
    return store_all(messages)


_by_loop: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, MessageBatcher] = weakref.WeakKeyDictionary()


def message_batcher() -> MessageBatcher:
    """Return the batcher of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _by_loop.get(loop)
    if found is None:
        found = _by_loop[loop] = MessageBatcher()
    return found
