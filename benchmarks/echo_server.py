"""The yardstick for the desk's socket: Channels' own JSON consumer that says back what it gets, on the same server."""

from __future__ import annotations

from typing import Any

from channels.generic.websocket import AsyncJsonWebsocketConsumer

from asapp_site.asgi import application as desk


class Echo(AsyncJsonWebsocketConsumer):  # type: ignore[misc] # channels has no types
    async def receive_json(self, content: Any, **_: Any) -> None:
        await self.send_json(content)


echo = Echo.as_asgi()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The desk, with the echo beside it."""
    await (echo if scope["path"] == "/echo" else desk)(scope, receive, send)
