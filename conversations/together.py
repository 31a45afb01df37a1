"""Gathers the messages that sockets of this process want to see stored, and stores together what waits.

While one transaction is under way, what arrives waits for the next one: transactions grow with the load, and the cost
of a message falls. Messages are stored in the order in which they came.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections import deque
from collections.abc import Sequence

from channels.db import database_sync_to_async

from conversations.models import Message
from conversations.sending import Sending, store_all

logger = logging.getLogger(__name__)

# More make the first one wait for the last one, and save little.
MOST = 100

_Waiting = tuple[Sending, "asyncio.Future[Message]"]


class Together:
    """The messages of one event loop."""

    def __init__(self) -> None:
        self._waiting: deque[_Waiting] = deque()
        self._storing: asyncio.Task[None] | None = None

    async def store(self, sending: Sending) -> Message:
        """The stored row. Raises why it was refused, or what the database raises."""
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[Message] = loop.create_future()
        self._waiting.append((sending, stored))
        if self._storing is None or self._storing.done():
            self._storing = loop.create_task(self._run())
        return await stored

    async def _run(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
            if not await self._try(batch):
                for one in batch:
                    await self._try([one])

    async def _try(self, batch: Sequence[_Waiting]) -> bool:
        """False where the database took none of several: they are worth a try each on its own."""
        try:
            results = await _store_all([sending for sending, _ in batch])
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
def _store_all(sendings: Sequence[Sending]) -> list[Message | Exception]:
    """In the thread in which a process writes: SQLite has one writer, and one that finds it busy naps."""
    return store_all(sendings)


_by_loop: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Together] = weakref.WeakKeyDictionary()


def together() -> Together:
    """That of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _by_loop.get(loop)
    if found is None:
        found = _by_loop[loop] = Together()
    return found
