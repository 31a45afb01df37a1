"""Records, by the server's own clock, which desks are open in this process.

Pages cannot do it: browsers slow down the timers of hidden pages. The pings of the WebSocket protocol, which browsers
answer without the page, show whether a browser is still connected (`PING_INTERVAL_S` of
`asapp_site.supervisor.programs`): a socket whose pings stay unanswered is closed, and removed here.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import weakref
from collections.abc import Collection

from channels.db import database_sync_to_async
from django.db import DatabaseError

from accounts.request_context import outside
from assignments.models import DeskConnection
from assignments.services import desk_seen, desks_seen

logger = logging.getLogger(__name__)

# Seconds. The desk of a process that died counts as open for `assignments.presence.DEAD_AFTER` (45 s): three beats.
BEAT_S = 15.0


class Heartbeat:
    """The open desks of one event loop."""

    def __init__(self) -> None:
        self._open: dict[str, DeskConnection] = {}
        self._beating: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()

    def add(self, connection: DeskConnection) -> None:
        self._open[connection.pk] = connection
        if self._beating is None or self._beating.done():
            self._beating = asyncio.create_task(self._beat(), context=outside())

    async def remove(self, connection: DeskConnection) -> None:
        """Remove the desk. When this returns, its row is no longer written."""
        self._open.pop(connection.pk, None)
        if not self._open and self._beating is not None:
            self._beating.cancel()
            self._beating = None
        async with self._writing:
            return

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            try:
                await asyncio.shield(self._write())
            except DatabaseError as error:
                logger.warning("open desks are not written down", extra={"reason": type(error).__name__})

    async def _write(self) -> None:
        async with self._writing:
            for pk in await _desks_seen(list(self._open)):
                if pk in self._open:
                    await _desk_seen(self._open[pk])


aside = functools.partial(database_sync_to_async, thread_sensitive=False)  # in a thread that no socket uses


@aside
def _desks_seen(pks: Collection[str]) -> set[str]:
    return desks_seen(pks=pks)


@aside
def _desk_seen(connection: DeskConnection) -> None:
    desk_seen(connection=connection)


_by_loop: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Heartbeat] = weakref.WeakKeyDictionary()


def heartbeat() -> Heartbeat:
    """Return the heartbeat of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _by_loop.get(loop)
    if found is None:
        found = _by_loop[loop] = Heartbeat()
    return found
