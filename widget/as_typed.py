"""What a customer has just sent, as they typed it: for their own eyes, for a moment, in one socket's memory only."""

from __future__ import annotations

import time

from safety.selectors import SHOWN_S


class AsTyped:
    """Texts by their client ids; each is forgotten after `SHOWN_S`, at the next one at the latest."""

    def __init__(self) -> None:
        self._texts: dict[str, tuple[float, str]] = {}

    def keep(self, client_id: str, text: str) -> None:
        now = time.monotonic()
        self._texts = {name: kept for name, kept in self._texts.items() if now - kept[0] <= SHOWN_S}
        self._texts[client_id] = (now, text)

    def get(self, client_id: str) -> str | None:
        """None for what another tab sent, and for what was sent too long ago."""
        since, text = self._texts.get(client_id, (0.0, None))
        return text if time.monotonic() - since <= SHOWN_S else None
