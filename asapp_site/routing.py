"""Where WebSocket connections go. No page opens one yet: each is refused, politely and without a trace back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

# 4000 to 4999 are an application's own codes; this one tells a client to stay out, not to try again.
NO_SUCH_SOCKET = 4404


async def websockets(
    scope: dict[str, Any],  # noqa: ARG001 the ASGI signature
    receive: Callable[[], Awaitable[Mapping[str, Any]]],
    send: Callable[[Mapping[str, Any]], Awaitable[None]],
) -> None:
    """Refuse the connection."""
    await receive()
    await send({"type": "websocket.close", "code": NO_SUCH_SOCKET})
