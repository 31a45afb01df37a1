"""Shows the agent what the customer is typing, before it is sent: redacted as a message is, and never stored."""

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

# Between two looks at what is typed; whoever is told forgets it after 5 s.
EVERY_S = 1.0
# A changed redaction rule holds for typing after so long; for messages at once.
RULES_KEPT_S = 60.0


class Typist:
    """One tab's typing in one conversation. At most one event in EVERY_S, the last one with the newest text."""

    def __init__(self, layer: Any, conversation_id: str, company_id: int) -> None:
        self._layer = layer
        self._conversation_id = conversation_id
        self._company_id = company_id
        self._text = ""
        self._told_at = 0.0
        self._telling: asyncio.Task[None] | None = None
        self._redactor: Redactor | None = None
        self._read_at = 0.0

    def types(self, text: str) -> None:
        """Returns at once."""
        self._text = text
        if self._telling is None:
            self._telling = asyncio.create_task(self._tell())
            self._telling.add_done_callback(self._done)

    def stop(self) -> None:
        """The text was sent, or nobody is there any more: what was not told yet is not told."""
        if self._telling is not None:
            self._telling.cancel()

    def _done(self, task: asyncio.Task[None]) -> None:
        if self._telling is task:
            self._telling = None
        if not task.cancelled() and task.exception() is not None:
            logger.error("typing was not told", exc_info=task.exception())

    async def _tell(self) -> None:
        await asyncio.sleep(max(0.0, self._told_at + EVERY_S - time.monotonic()))
        try:
            redactor = await self._rules()
        except DatabaseError:
            return  # without rules nothing is shown
        text = await beside_the_loop(len(self._text), redactor.redact, self._text)
        self._told_at = time.monotonic()
        event = {"type": "conversation.typing", "conversation": self._conversation_id, "who": "customer", "text": text}
        await self._layer.group_send(conversation_group(self._conversation_id), event)

    async def _rules(self) -> Redactor:
        now = time.monotonic()
        if self._redactor is None or now - self._read_at > RULES_KEPT_S:
            self._redactor, self._read_at = await _redactor(self._company_id), now
        return self._redactor


@in_visitor_thread
def _redactor(company_id: int) -> Redactor:
    return redactor_for(company_id)
