"""Checks before the first web process that a shared Redis server (REDIS_URL) can be reached."""

from __future__ import annotations

from urllib.parse import urlsplit

import redis
from django.conf import settings

from asapp_site.supervisor.errors import StartError
from caching.clients import sync_client


def check_redis() -> None:
    """Raise `StartError` if the server at REDIS_URL does not answer."""
    try:
        sync_client().ping()
    except redis.RedisError as error:
        raise StartError(
            f"cannot reach Redis at {_shown(settings.REDIS_URL)}: {' '.join(str(error).split()).rstrip('.')}."
            " Start it, correct REDIS_URL, or unset it to use the bundled server."
        ) from error
    finally:
        sync_client().close()


def _shown(url: str) -> str:
    """Return the address without the password."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] or parts.path
