"""Which paths are the API's."""

from __future__ import annotations

HEALTH = "/v1/health"
PREFIXES = ("/autocompose/", "/conversation/")


def is_api(path: str) -> bool:
    return path == HEALTH or path.startswith(PREFIXES)
