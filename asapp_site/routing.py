"""The routes of WebSocket connections. Each app lists its own; all others are refused without a traceback."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from channels.routing import URLRouter
from channels.sessions import CookieMiddleware
from django.urls import re_path

from asapp_site.origins import SameOriginOnly
from composer.routing import websocket_urlpatterns as desk_sockets
from widget.routing import websocket_urlpatterns as chat_sockets

# WebSocket close code (4000 to 4999 are an application's own): tells a client not to try again.
NO_SUCH_SOCKET = 4404


async def no_such_socket(
    scope: dict[str, Any],  # noqa: ARG001 the ASGI signature
    receive: Callable[[], Awaitable[Mapping[str, Any]]],
    send: Callable[[Mapping[str, Any]], Awaitable[None]],
) -> None:
    """Refuse the connection."""
    await receive()
    await send({"type": "websocket.close", "code": NO_SUCH_SOCKET})


websockets = SameOriginOnly(
    CookieMiddleware(URLRouter([*desk_sockets, *chat_sockets, re_path(r"", no_such_socket)]))  # type: ignore[arg-type]
)
