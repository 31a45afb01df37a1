"""Which pages may open a socket: those of this very desk.

Browsers send cookies along with sockets that pages of other ports of the same host name open, and they let nothing
else stop them: so scheme, host and port of the Origin must all be right. Without an Origin there is no socket.
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
    if host is None:  # no browser: they all send it
        return validate_host(origin[1], settings.ALLOWED_HOSTS)
    asked = _origin(f"{'https' if came_by_tls(scope) else 'http'}://{host}")
    return asked is not None and asked == origin and validate_host(asked[1], settings.ALLOWED_HOSTS)


def _origin(url: str) -> Origin | None:
    """Scheme, host and port; None for what is no such address."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    if not parts.hostname:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return parts.scheme, host, port
