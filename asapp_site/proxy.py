"""The address and the scheme of a connection: from the headers of trusted proxies, else from the socket itself.

Nothing else reads these headers. The limits of signing in and of chats, django-axes, sockets and the log find the
address as `scope["client"]`, which Django passes on as REMOTE_ADDR.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from django.conf import settings

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

Headers = Iterable[tuple[bytes, bytes]]


class ProxyHeadersMiddleware:
    """ASGI middleware around everything else: sets the client's address and scheme of each connection."""

    def __init__(self, app: AsgiApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if settings.TRUST_PROXY and scope["type"] in {"http", "websocket"}:
            scope = {**scope, "client": _client(scope), "scheme": _scheme(scope)}
        await self.app(scope, receive, send)


def _client(scope: Scope) -> tuple[str, int]:
    peer = scope.get("client") or ("", 0)
    address = client_address(scope["headers"], settings.TRUSTED_PROXIES)
    return (peer[0], peer[1]) if address is None else (address, 0)


def client_address(headers: Headers, trusted_proxies: int) -> str | None:
    """Return the address that the outermost trusted proxy has seen: entry `trusted_proxies` from the right.

    Entries of X-Forwarded-For further left are claims of the client. The result is the same for proxies that replace
    the header and for those that append to it. Returns None if no trusted proxy has written an address.
    """
    values = [value.decode("latin-1") for name, value in headers if name == b"x-forwarded-for"]
    hops = ",".join(values).split(",")
    if len(hops) < trusted_proxies:
        return None
    return _address(hops[-trusted_proxies].strip())


def _address(text: str) -> str | None:
    """Return an IP address without the port that some proxies add; None for anything else."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def came_by_tls(scope: Mapping[str, Any]) -> bool:
    """Return True if the client used TLS, to this process or to a trusted proxy."""
    return _is_secure(_scheme(scope))


def _is_secure(scheme: str) -> bool:
    return scheme in {"https", "wss"}


def _scheme(scope: Mapping[str, Any]) -> str:
    plain, secure = ("ws", "wss") if scope["type"] == "websocket" else ("http", "https")
    forwarded = {value for name, value in scope["headers"] if name == b"x-forwarded-proto"}
    if settings.TRUST_PROXY and forwarded:
        return secure if forwarded == {b"https"} else plain
    return secure if _is_secure(scope.get("scheme", "")) else plain
