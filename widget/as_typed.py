"""What a customer has just sent, as they typed it: for their own eyes, for a moment, in one socket's memory only."""

from __future__ import annotations

import time
from dataclasses import dataclass

from safety.selectors import SHOWN_S


@dataclass(slots=True)
class _Typed:
    text: str
    since: float
    sent_at: float
    is_stored: bool = False


class AsTyped:
    """Texts by their client ids; each is forgotten after `SHOWN_S`, at the next one at the latest."""

    def __init__(self) -> None:
        self._texts: dict[str, _Typed] = {}

    def keep(self, client_id: str, text: str) -> bool:
        """False, and nothing is kept, where there is a text of that id: it is the one that was stored."""
        self._texts = {name: typed for name, typed in self._texts.items() if _is_fresh(typed)}
        new = _Typed(text, time.monotonic(), time.time())
        return self._texts.setdefault(client_id, new) is new

    def stored(self, client_id: str) -> None:
        """The message of this id has this text."""
        if client_id in self._texts:
            self._texts[client_id].is_stored = True

    def forget(self, client_id: str) -> None:
        """It was not stored."""
        self._texts.pop(client_id, None)

    def get(self, client_id: str, stored_at: float) -> str | None:
        """The text of the message that was stored at this time, a Unix time.

        None for what another tab sent, for what was sent too long ago, and where the message is older than a text that
        is still on its way: under the same id that may be another one.
        """
        typed = self._texts.get(client_id)
        if typed is None or not _is_fresh(typed):
            return None
        return typed.text if typed.is_stored or typed.sent_at <= stored_at else None


def _is_fresh(typed: _Typed) -> bool:
    return time.monotonic() - typed.since <= SHOWN_S
