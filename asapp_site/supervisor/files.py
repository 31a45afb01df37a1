"""Open files: each agent's browser holds a socket, and the usual limit of 1024 is soon reached."""

from __future__ import annotations

import resource

_ENOUGH = 65536


def allow_many_files() -> None:
    """Raise this process's soft limit as far as the hard one allows; the children inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH if hard == resource.RLIM_INFINITY else min(_ENOUGH, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
