"""Checks, by this process's own clock, whether the sessions of its open sockets are still valid.

A hint ends a socket at once. Hints may be lost, Redis may be away, and a client may send anything or nothing: so one
timer for each event loop asks the database for all sockets together, in one query.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections.abc import Awaitable, Callable, Collection, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, Protocol, TypeVar

from channels.db import database_sync_to_async
from django.db import Error

from accounts.request_context import outside

logger = logging.getLogger(__name__)

S = TypeVar("S", bound=Hashable)

# Seconds between two checks. With one query this is how long a socket may outlive its session: the documentation
# promises less than 5 s.
LOOK_EVERY_S = 3.0
# Sessions of one query.
SESSIONS_PER_QUERY = 500

# A thread of its own: neither writers that wait for a lock nor a flood of frames can delay a check.
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="session-watch")


def in_watch_thread(work: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """Return `work`, which reads the database, as a coroutine function that runs in the thread of the checks."""
    wrapped: Callable[..., Awaitable[Any]] = database_sync_to_async(work, thread_sensitive=False, executor=_thread)
    return wrapped


class Socket(Protocol):
    async def session_may_have_ended(self) -> None:
        """Check the session again, and close the socket if it has ended."""


class SessionWatch(Generic[S]):
    """The open sockets of each event loop, each with its session.

    `ended` returns those of the given sessions that are no longer valid; it is called in a thread.
    """

    def __init__(self, ended: Callable[[Collection[S]], Collection[S]]) -> None:
        self._ended = in_watch_thread(ended)
        self._by_loop: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Sockets[S]] = weakref.WeakKeyDictionary()

    def add(self, socket: Socket, session: S) -> None:
        """Watch this socket, or give a watched socket another session."""
        loop = asyncio.get_running_loop()
        sockets = self._by_loop.setdefault(loop, _Sockets())
        sockets.sessions[socket] = session
        if sockets.timer is None or sockets.timer.done():
            sockets.timer = loop.create_task(self._look_until_none_is_left(sockets), context=outside())

    def discard(self, socket: Socket) -> None:
        """Stop watching a socket. Harmless for one that was never watched."""
        sockets = self._by_loop.get(asyncio.get_running_loop())
        if sockets is None:
            return
        sockets.sessions.pop(socket, None)
        if not sockets.sessions and sockets.timer is not None:
            sockets.timer.cancel()
            sockets.timer = None

    async def _look_until_none_is_left(self, sockets: _Sockets[S]) -> None:
        while sockets.sessions:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                ended = await self._find_ended(set(sockets.sessions.values()))
            except Error as error:
                # Without the database nobody can write either; the next check follows.
                logger.warning("sessions of sockets are not looked at", extra={"reason": type(error).__name__})
                continue
            over = [socket for socket, session in list(sockets.sessions.items()) if session in ended]
            looks = await asyncio.gather(*(socket.session_may_have_ended() for socket in over), return_exceptions=True)
            for failure in filter(None, looks):
                logger.error("a socket whose session may have ended was not looked at", exc_info=failure)

    async def _find_ended(self, sessions: Collection[S]) -> set[S]:
        ended: set[S] = set()
        remaining = list(sessions)
        while remaining:
            ended.update(await self._ended(remaining[:SESSIONS_PER_QUERY]))
            del remaining[:SESSIONS_PER_QUERY]
        return ended


class _Sockets(Generic[S]):
    """The sockets of one event loop."""

    def __init__(self) -> None:
        # Weak references: a socket that failed is never discarded.
        self.sessions: weakref.WeakKeyDictionary[Socket, S] = weakref.WeakKeyDictionary()
        self.timer: asyncio.Task[None] | None = None
