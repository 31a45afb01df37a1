"""Yardsticks for the desk's sockets: Channels' own JSON consumer that echoes what it gets, and one with a group."""

from __future__ import annotations

from typing import Any

from channels.generic.websocket import AsyncJsonWebsocketConsumer, AsyncWebsocketConsumer

from asapp_site.asgi import application as desk


class Echo(AsyncJsonWebsocketConsumer):  # type: ignore[misc] # channels has no types
    async def receive_json(self, content: Any, **_: Any) -> None:
        await self.send_json(content)


class Hop(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Sends each frame through the channel layer to all sockets that were opened with the same query string."""

    async def connect(self) -> None:
        self.group = f"hop.{self.scope['query_string'].decode()}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, _: int) -> None:
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:  # noqa: ARG002
        await self.channel_layer.group_send(self.group, {"type": "hop.said", "text": text_data})

    async def hop_said(self, event: dict[str, Any]) -> None:
        await self.send(text_data=event["text"])


yardsticks = {"/echo": Echo.as_asgi(), "/hop": Hop.as_asgi()}


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The desk, with the yardsticks beside it."""
    await yardsticks.get(scope["path"], desk)(scope, receive, send)
