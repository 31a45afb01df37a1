"""Desks' sockets, through the product's own routing and channel layer."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from channels.testing import WebsocketCommunicator

from accounts.models import User
from conversations.models import Conversation


class Socket:
    """One desk. Frames of other kinds than the one waited for are kept for later."""

    def __init__(self, communicator: WebsocketCommunicator) -> None:
        self.communicator = communicator
        self.kept: list[dict[str, Any]] = []

    async def say(self, t: str, **fields: Any) -> None:
        await self.communicator.send_to(text_data=json.dumps({"t": t, **fields}))

    async def get(self, t: str, **expected: Any) -> dict[str, Any]:
        for place_, frame in enumerate(self.kept):
            if self._is(frame, t, expected):
                return self.kept.pop(place_)
        while True:
            frame = json.loads(await self.communicator.receive_from(timeout=5))
            if self._is(frame, t, expected):
                return frame
            self.kept.append(frame)

    @staticmethod
    def _is(frame: dict[str, Any], t: str, expected: dict[str, Any]) -> bool:
        return frame["t"] == t and all(frame.get(name) == value for name, value in expected.items())

    async def hello(self, **resume: int) -> dict[str, Any]:
        await self.say("hello", resume=resume)
        return await self.get("welcome")

    async def closed(self) -> int:
        while True:
            message = await self.communicator.receive_output(timeout=5)
            if message["type"] == "websocket.close":
                return int(message["code"])

    async def send(self, conversation: Conversation, text: str, **fields: Any) -> str:
        client_id = fields.pop("client_id", None) or str(uuid.uuid4())
        await self.say(
            "send",
            **{"conversation": conversation.pk, "client_id": client_id, "text": text, "sent_at": time.time(), **fields},
        )
        return client_id


@asynccontextmanager
async def desk(open_: Any, user: User) -> AsyncIterator[Socket]:
    socket = await open_(user)
    await socket.hello()
    yield socket
