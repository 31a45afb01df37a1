"""When two posts are the same message.

A sender may give each message an id of its own (the `Idempotency-Key` header of the API, the desk's outbox).
Where there is none, the message is what it says: the same role, sender, time to the microsecond and text is
the same message sent again, as the documented retries do. Digests are made of the redacted text: a digest
of a card number could be turned back into the number.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from conversations.models import CLIENT_ID_LENGTH

# Ids given by clients and digests never meet.
_GIVEN, _DERIVED = "c:", "d:"
LONGEST_GIVEN_ID = CLIENT_ID_LENGTH - len(_GIVEN)


def given(client_id: str) -> str:
    """The key of a message whose sender named it. At most LONGEST_GIVEN_ID characters."""
    return _GIVEN + client_id


def derived(*, role: str, sender: str, sent_at: datetime, text: str) -> str:
    """The key of a message that its sender did not name."""
    parts = (role, sender, sent_at.isoformat(), text)
    digest = hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
    return _DERIVED + digest
