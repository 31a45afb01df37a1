"""Raises the limit of open files. Each browser holds a socket, so the usual limit of 1024 is soon reached."""

from __future__ import annotations

import resource

_WANTED_FILES = 65536


def allow_many_files() -> None:
    """Raise the soft limit of this process as far as the hard limit allows. The children inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED_FILES if hard == resource.RLIM_INFINITY else min(_WANTED_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
