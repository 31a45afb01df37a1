"""Looks, by this process's own clock, whether the sessions behind its open sockets still hold.

Hints end a socket at once. They may be lost, Redis may be away, and a client may send whatever it likes or nothing at
all: so one timer for each event loop asks the database, for all sockets together, in one query.
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

logger = logging.getLogger(__name__)

S = TypeVar("S", bound=Hashable)

# A socket outlives its session by this and one query: together less than the 5 s that the documentation promises.
LOOK_EVERY_S = 3.0
# So many sessions are named in one query.
SESSIONS_PER_QUERY = 500

# A thread that does nothing else: neither writers that wait for a lock nor a flood of frames hold a look up.
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="session-watch")


def in_watch_thread(work: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """`work`, which reads the database, as a coroutine function that waits for no other thread's turn."""
    wrapped: Callable[..., Awaitable[Any]] = database_sync_to_async(work, thread_sensitive=False, executor=_thread)
    return wrapped


class Socket(Protocol):
    async def session_may_have_ended(self) -> None:
        """Look at the session once more, and close where it has ended."""


class SessionWatch(Generic[S]):
    """The open sockets of each event loop, each with the session that it stands on.

    `ended` finds those among the given sessions that hold no more; it is called in a thread.
    """

    def __init__(self, ended: Callable[[Collection[S]], Collection[S]]) -> None:
        self._ended = in_watch_thread(ended)
        self._by_loop: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Sockets[S]] = weakref.WeakKeyDictionary()

    def add(self, socket: Socket, session: S) -> None:
        """Watch this socket; one that is watched already stands on this session from now on."""
        loop = asyncio.get_running_loop()
        sockets = self._by_loop.setdefault(loop, _Sockets())
        sockets.sessions[socket] = session
        if sockets.timer is None or sockets.timer.done():
            sockets.timer = loop.create_task(self._look_until_none_is_left(sockets))

    def discard(self, socket: Socket) -> None:
        """Watch it no more. Harmless for one that was never watched."""
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
                # Nobody can write without the database either; the next look follows.
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
    """Those of one event loop."""

    def __init__(self) -> None:
        # Weak: a socket that failed goes without a word.
        self.sessions: weakref.WeakKeyDictionary[Socket, S] = weakref.WeakKeyDictionary()
        self.timer: asyncio.Task[None] | None = None
