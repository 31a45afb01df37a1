"""A page's end of a socket, for tests."""

from __future__ import annotations

import json
from typing import Any

from channels.testing import WebsocketCommunicator

from caching.sockets import SEND_TEXT

# A first suggestion waits for dictionaries to load: seconds on a busy machine. Whoever waits in vain ends the
# consumer, and what is torn down after it fails as well.
PATIENCE_S = 60


def takes_frames_directly(communicator: WebsocketCommunicator) -> WebsocketCommunicator:
    """Let it offer what our server offers (`asapp_site.web.DeskServer`). Without it, frames go the way of ASGI."""

    def send_text(data: bytes) -> None:
        communicator.output_queue.put_nowait({"type": "websocket.send", "text": data.decode()})

    communicator.scope["extensions"] = {SEND_TEXT: send_text}
    return communicator


class Socket:
    """Frames of other kinds than the one waited for are kept for later."""

    def __init__(self, communicator: WebsocketCommunicator) -> None:
        self.communicator = communicator
        self.kept: list[dict[str, Any]] = []

    async def say(self, t: str, **fields: Any) -> None:
        await self.communicator.send_to(text_data=json.dumps({"t": t, **fields}))

    async def get(self, t: str, **expected: Any) -> dict[str, Any]:
        for place, frame in enumerate(self.kept):
            if self._is(frame, t, expected):
                return self.kept.pop(place)
        while True:
            frame = json.loads(await self.communicator.receive_from(timeout=PATIENCE_S))
            if self._is(frame, t, expected):
                return frame
            self.kept.append(frame)

    async def until_quiet(self) -> None:
        """Keep all frames that come, until for a moment none does."""
        while not await self.communicator.receive_nothing(0.2):
            self.kept.append(json.loads(await self.communicator.receive_from()))

    @staticmethod
    def _is(frame: dict[str, Any], t: str, expected: dict[str, Any]) -> bool:
        return frame["t"] == t and all(frame.get(name) == value for name, value in expected.items())

    async def closed(self) -> int:
        """The code with which the server closes it."""
        while True:
            message = await self.communicator.receive_output(timeout=PATIENCE_S)
            if message["type"] == "websocket.close":
                return int(message["code"])
