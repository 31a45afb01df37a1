"""Shows the agent what the customer is typing. The text is redacted as a message is, and never stored."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from django.db import DatabaseError

from conversations.events import conversation_group
from conversations.sockets import beside_the_loop
from conversations.threads import in_visitor_thread
from safety.engine.masking import Redactor
from safety.selectors import redactor_for

logger = logging.getLogger(__name__)

# Shortest time between two events. Desks drop a typing text that is not renewed within 5 s.
MIN_INTERVAL_S = 1.0
# A changed redaction rule reaches typing events after at most this long; messages are redacted by it at once.
MAX_REDACTOR_AGE_S = 60.0


class TypingBroadcaster:
    """Sends what one tab types in one conversation to its group: at most one event in MIN_INTERVAL_S.

    Each event carries the newest text.
    """

    def __init__(self, layer: Any, conversation_id: str, company_id: int) -> None:
        self._layer = layer
        self._conversation_id = conversation_id
        self._company_id = company_id
        self._text = ""
        self._last_sent_at = 0.0
        self._task: asyncio.Task[None] | None = None
        self._redactor: Redactor | None = None
        self._redactor_loaded_at = 0.0

    def update(self, text: str) -> None:
        """Take the current text; it is sent by a task, so this returns at once."""
        self._text = text
        if self._task is None:
            self._task = asyncio.create_task(self._send())
            self._task.add_done_callback(self._on_done)

    def stop(self) -> None:
        """Cancel the event that is not sent yet: the text was sent as a message, or the socket has closed."""
        if self._task is not None:
            self._task.cancel()

    def _on_done(self, task: asyncio.Task[None]) -> None:
        if self._task is task:
            self._task = None
        if not task.cancelled() and task.exception() is not None:
            logger.error("typing event was not sent", exc_info=task.exception())

    async def _send(self) -> None:
        await asyncio.sleep(max(0.0, self._last_sent_at + MIN_INTERVAL_S - time.monotonic()))
        try:
            redactor = await self._current_redactor()
        except DatabaseError:
            return  # never show an unredacted text
        text = await beside_the_loop(len(self._text), redactor.redact, self._text)
        self._last_sent_at = time.monotonic()
        event = {"type": "conversation.typing", "conversation": self._conversation_id, "who": "customer", "text": text}
        await self._layer.group_send(conversation_group(self._conversation_id), event)

    async def _current_redactor(self) -> Redactor:
        now = time.monotonic()
        if self._redactor is None or now - self._redactor_loaded_at > MAX_REDACTOR_AGE_S:
            self._redactor, self._redactor_loaded_at = await _load_redactor(self._company_id), now
        return self._redactor


@in_visitor_thread
def _load_redactor(company_id: int) -> Redactor:
    return redactor_for(company_id)
