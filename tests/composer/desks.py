"""Desks' sockets, through the product's own routing and channel layer."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from django.test import Client

from accounts.models import User
from conversations.models import Conversation
from tests import sockets


class Socket(sockets.Socket):
    """One desk. `browser`: signed in with the same session."""

    browser: Client | None = None

    async def hello(self, **resume: int) -> dict[str, Any]:
        await self.say("hello", resume=resume)
        return await self.get("welcome")

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
