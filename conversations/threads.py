"""The threads in which sockets use the database.

All agents' sockets of a process take turns in one thread (`database_sync_to_async`), and so do all messages: SQLite
has one writer. Reads for visitors have a fixed number of threads of their own, so that visitors wait for each other
and never delay an agent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from channels.db import database_sync_to_async

P = ParamSpec("P")
T = TypeVar("T")

# Each thread keeps a database connection (DATABASE_POOL).
VISITOR_THREADS = 2
_visitors = ThreadPoolExecutor(VISITOR_THREADS, "visitors")


def in_visitor_thread(function: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """Return `function` as a coroutine function that runs in a visitors' thread."""
    wrapped: Callable[P, Awaitable[T]]
    wrapped = database_sync_to_async(function, thread_sensitive=False, executor=_visitors)
    return wrapped
