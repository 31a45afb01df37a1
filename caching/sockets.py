"""A WebSocket consumer for sockets with a frame at every keystroke."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class LowLatencyConsumer(AsyncWebsocketConsumer):  # type: ignore[misc] # channels has no types
    """Channels' consumer without the work that Channels does for each frame.

    Channels creates a task for each frame and each hint, and switches to a thread to clean up database connections
    before each: more than half of the time of an empty echo. Here one task waits for frames and one for hints. Code
    that uses the database goes through `database_sync_to_async`, which cleans up connections itself.

    Frames are handled one after the other, and so are hints; a hint may be handled while a frame waits for something.
    No hint is handled after the disconnect, and no frame after `_listens` is set to False. A handler that fails ends
    the socket, as it does in Channels.
    """

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        self.scope, self.base_send = scope, send
        self.channel_layer = get_channel_layer(self.channel_layer_alias)
        self.channel_name = await self.channel_layer.new_channel()
        self._listens = True
        async with asyncio.TaskGroup() as both:
            hints = both.create_task(self._take_hints())
            try:
                await self._take_frames(receive)
            except StopConsumer:
                hints.cancel()

    async def _take_frames(self, receive: Receive) -> None:
        while True:
            message = await receive()
            if message["type"] == "websocket.receive":
                if self._listens:
                    await self.receive(message.get("text"), message.get("bytes"))
            else:
                self._listens = message["type"] != "websocket.disconnect"
                await self.dispatch(message)

    async def _take_hints(self) -> None:
        while True:
            message = await self.channel_layer.receive(self.channel_name)
            if self._listens:
                await self.dispatch(message)

    async def dispatch(self, message: Mapping[str, Any]) -> None:
        """Call the method of this message's type. Raises AttributeError if there is none."""
        await getattr(self, get_handler_name(message))(message)
