"""The threads in which sockets use the database.

All agents' sockets of a process take turns in one thread (`database_sync_to_async`), and so do messages, whoever sends
them: SQLite has one writer. What visitors only read has threads of its own, a fixed number of them, so that visitors
who ask for much wait for each other and never hold an agent up.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from channels.db import database_sync_to_async

P = ParamSpec("P")
T = TypeVar("T")

# Each keeps a connection to the database (DATABASE_POOL).
VISITOR_THREADS = 2
_visitors = ThreadPoolExecutor(VISITOR_THREADS, "visitors")


def in_visitor_thread(function: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """`function`, to be awaited, run in a thread of the visitors."""
    wrapped: Callable[P, Awaitable[T]]
    wrapped = database_sync_to_async(function, thread_sensitive=False, executor=_visitors)
    return wrapped
