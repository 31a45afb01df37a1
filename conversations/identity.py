"""When two posts are the same message.

A sender may give each message an id of its own (the `Idempotency-Key` header of the API, the desk's outbox).
Where there is none, the message is what it says: the same role, sender, time to the microsecond and text is
the same message sent again, as the documented retries do. Equal messages inside one call are told apart by
their place among each other, so that "ok", "ok" in one batch are two, and the batch sent again is the same two.

The digest is of the text before redaction: two card numbers become the same mask, and are not the same message.
It is keyed with SECRET_KEY, which is not in the database, so that a number cannot be found from its digest.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.utils.crypto import salted_hmac

from conversations.models import CLIENT_ID_LENGTH
from conversations.models.message import TEXT_DIGEST_BYTES

# Ids given by clients and digests never meet.
_GIVEN, _DERIVED = "c:", "d:"
LONGEST_GIVEN_ID = CLIENT_ID_LENGTH - len(_GIVEN)


def given(client_id: str) -> str:
    """The key of a message whose sender named it. At most LONGEST_GIVEN_ID characters."""
    return _GIVEN + client_id


def as_given(key: str) -> str:
    """The id by which the sender knows the message; "" where the sender gave none."""
    return key[len(_GIVEN) :] if key.startswith(_GIVEN) else ""


def text_digest(conversation_id: str, key: str, text: str) -> bytes:
    """What tells whether the message under a given key is the same when it comes again.

    Of the text as it was sent: redaction rules may have changed since, and what is stored is redacted.
    """
    value = "\x00".join((conversation_id, key, text)).encode("utf-8", "surrogatepass")
    return salted_hmac("conversations.text", value, algorithm="sha256").digest()[:TEXT_DIGEST_BYTES]


class DerivedKeys:
    """The keys of the messages of one call, in one conversation, that their sender did not name."""

    def __init__(self) -> None:
        self._alike: Counter[tuple[str, ...]] = Counter()

    def key(self, *, role: str, sender: str, sent_at: datetime, text: str) -> str:
        """The key of the next message. `text` is as it was sent, not redacted."""
        said = (role, sender, sent_at.isoformat(), text)
        place = self._alike[said]
        self._alike[said] += 1
        value = "\x00".join((*said, str(place))).encode("utf-8", "surrogatepass")
        return _DERIVED + salted_hmac("conversations.identity", value, algorithm="sha256").hexdigest()
