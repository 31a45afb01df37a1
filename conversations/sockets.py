"""What the consumers of this desk have in common: frames out, and tasks that end with the socket."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Coroutine, Mapping
from typing import Any

import pydantic_core
from autobahn.exception import Disconnected

from freshness.sockets import PromptConsumer

logger = logging.getLogger(__name__)


class FrameConsumer(PromptConsumer):
    """Says frames, and runs what may take time in tasks: a slow `receive` holds back the next frame of its socket."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._tasks: set[asyncio.Task[None]] = set()

    async def say(self, frame: Mapping[str, Any]) -> None:
        """To a line that has just closed nothing is said: what was missed is asked for by its number."""
        with contextlib.suppress(Disconnected):
            await self.base_send({"type": "websocket.send", "text": pydantic_core.to_json(frame).decode()})

    async def say_error(self, of: str, ref: str | int | None, code: str, message: str) -> None:
        await self.say({"t": "error", "of": of, "ref": ref, "code": code, "message": message})

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def stop_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("a socket's task failed", exc_info=task.exception())
