"""The unredacted texts of a customer's own recent messages, held in the memory of the socket that sent them.

For `CUSTOMER_DELAY_S` a customer reads their own words as they typed them, and only in the tab that sent them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from safety.selectors import CUSTOMER_DELAY_S


@dataclass(slots=True)
class _Original:
    text: str
    added_at: float  # monotonic clock
    sent_at: float  # Unix time
    is_stored: bool = False


class RecentOriginals:
    """Original texts by client id. Texts older than `CUSTOMER_DELAY_S` are dropped when the next one is added."""

    def __init__(self) -> None:
        self._originals: dict[str, _Original] = {}

    def add(self, client_id: str, text: str) -> bool:
        """Remember the text of a message that is about to be stored.

        Returns False and changes nothing when the id has a text already: only the first message of an id is stored.
        """
        self._originals = {known: original for known, original in self._originals.items() if _is_recent(original)}
        new = _Original(text, time.monotonic(), time.time())
        return self._originals.setdefault(client_id, new) is new

    def mark_stored(self, client_id: str) -> None:
        """Note that the message of this id was stored with the remembered text."""
        if client_id in self._originals:
            self._originals[client_id].is_stored = True

    def forget(self, client_id: str) -> None:
        """Drop the text of a message that was not stored."""
        self._originals.pop(client_id, None)

    def get(self, client_id: str, stored_at: float) -> str | None:
        """Return the original text of the message that was stored at `stored_at`, a Unix time.

        Returns None for a message of another tab and for one sent more than `CUSTOMER_DELAY_S` ago. Also returns None
        when the message is older than a text that is not stored yet: the same id may then mean another message.
        """
        original = self._originals.get(client_id)
        if original is None or not _is_recent(original):
            return None
        return original.text if original.is_stored or original.sent_at <= stored_at else None


def _is_recent(original: _Original) -> bool:
    return time.monotonic() - original.added_at <= CUSTOMER_DELAY_S
