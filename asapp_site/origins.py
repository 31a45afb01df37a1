"""Refuses sockets that pages of other sites open.

Browsers let every page open a socket to any host, and send the cookies of that host along, even from pages of another
port. So scheme, host and port of the Origin must all be right. A socket without an Origin is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import validate_host

from asapp_site.proxy import AsgiApp, Receive, Scope, Send, came_by_tls

Origin = tuple[str, str, int]

_PORTS = {"http": 80, "https": 443}


class SameOriginOnly:
    """ASGI middleware: refuses sockets of other origins and, where the desk is behind TLS, those over plain HTTP."""

    def __init__(self, app: AsgiApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if is_allowed(scope):
            await self.app(scope, receive, send)
        else:
            await WebsocketDenier()(scope, receive, send)


def is_allowed(scope: Mapping[str, Any]) -> bool:
    """Return True if the Origin of a socket is this desk."""
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    origin = _origin(headers.get(b"origin", ""))
    if origin is None:
        return False
    if settings.BEHIND_TLS and not came_by_tls(scope):
        return False
    if settings.PUBLIC_URL and origin == _origin(settings.PUBLIC_URL):
        return True
    if settings.BEHIND_TLS:
        return False
    host = headers.get(b"host")
    if host is None:  # not a browser: all of them send it
        return validate_host(origin[1], settings.ALLOWED_HOSTS)
    requested = _origin(f"{'https' if came_by_tls(scope) else 'http'}://{host}")
    return requested is not None and requested == origin and validate_host(requested[1], settings.ALLOWED_HOSTS)


def _origin(url: str) -> Origin | None:
    """Return scheme, host and port; None for anything but an http or https address."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    if not parts.hostname:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return parts.scheme, host, port
