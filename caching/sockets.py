"""A WebSocket consumer for sockets with a frame at every keystroke."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
# An extension of our server (`asapp_site.web`): sends a text frame, in UTF-8, without waiting. It does nothing on a
# connection that is not open.
SEND_TEXT = "desk.send_text"
SendText = Callable[[bytes], None]


class LowLatencyConsumer(AsyncWebsocketConsumer):  # type: ignore[misc] # channels has no types
    """Channels' consumer without the work that Channels does for each frame.

    Channels creates a task for each frame and each hint, and switches to a thread to clean up database connections
    before each: more than half of the time of an empty echo. Here one task waits for frames and one for hints. Code
    that uses the database goes through `database_sync_to_async`, which cleans up connections itself.

    Frames are handled one after the other, and so are hints; a hint may be handled while a frame waits for something.
    No hint is handled after the disconnect, and no frame after `_listens` is set to False. A handler that fails ends
    the socket, as it does in Channels.

    A hint for which there is a method with the ending `_at_once` is given to that method without the task between,
    where no other hint waits or is being handled. The method returns False, and has done nothing, where it would have
    to wait: then the hint takes the usual way.
    """

    _handles_hint = False

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        self.scope, self.base_send = scope, send
        self.channel_layer = get_channel_layer(self.channel_layer_alias)
        self.channel_name = await self.channel_layer.new_channel()
        self._listens = True
        self.channel_layer.listen(self.channel_name, self._take_at_once)
        try:
            async with asyncio.TaskGroup() as both:
                hints = both.create_task(self._take_hints())
                try:
                    await self._take_frames(receive)
                except StopConsumer:
                    hints.cancel()
        finally:
            self.channel_layer.unlisten(self.channel_name)

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
                self._handles_hint = True
                await self.dispatch(message)
                self._handles_hint = False

    def _take_at_once(self, message: Mapping[str, Any]) -> bool:
        if not self._listens or self._handles_hint:
            return False
        handler = getattr(self, f"{get_handler_name(message)}_at_once", None)
        if handler is None:
            return False
        try:
            return bool(handler(message))
        except Exception:
            # It fails again on the usual way, and ends this socket there. Other sockets must get their hints.
            logger.warning("a hint takes the slow way", exc_info=True)
            return False

    async def dispatch(self, message: Mapping[str, Any]) -> None:
        """Call the method of this message's type. Raises AttributeError if there is none."""
        await getattr(self, get_handler_name(message))(message)
