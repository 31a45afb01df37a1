"""A shared Redis server (REDIS_URL) before the first web process: reachable."""

from __future__ import annotations

from urllib.parse import urlsplit

import redis
from django.conf import settings

from asapp_site.supervisor.errors import StartError
from caching.clients import sync_client


def check_redis() -> None:
    """Raise `StartError` where the server behind REDIS_URL does not answer."""
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
    """The address without the password."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] or parts.path
