"""Decides when two posts are the same message.

A sender may give each message a client id (the `Idempotency-Key` header of the API, the desk's outbox). Without one, a
message with the same role, sender, time (to the microsecond) and text is the same message sent again, as the
documented retries do. Equal messages inside one call are told apart by their order, so that "ok", "ok" in one batch
are two messages, and the batch sent again is the same two.

The digest is made of the text before redaction: two card numbers have the same mask and are different messages. It is
keyed with SECRET_KEY, which is not in the database, so that a number cannot be guessed from its digest.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.utils.crypto import salted_hmac

from conversations.models import CLIENT_ID_LENGTH
from conversations.models.message import TEXT_DIGEST_BYTES

# Prefixes that keep client ids and digests apart.
_GIVEN, _DERIVED = "c:", "d:"
MAX_GIVEN_ID_LENGTH = CLIENT_ID_LENGTH - len(_GIVEN)


def given(client_id: str) -> str:
    """Return the key of a message with a client id of at most MAX_GIVEN_ID_LENGTH characters."""
    return _GIVEN + client_id


def as_given(key: str) -> str:
    """Return the client id in a key; "" where the sender gave none."""
    return key[len(_GIVEN) :] if key.startswith(_GIVEN) else ""


def text_digest(conversation_id: str, key: str, text: str) -> bytes:
    """Return the digest that tells whether a message with a known client id is the same message.

    It is made of the text as it was sent: the stored text is redacted, and redaction rules may change.
    """
    value = "\x00".join((conversation_id, key, text)).encode("utf-8", "surrogatepass")
    return salted_hmac("conversations.text", value, algorithm="sha256").digest()[:TEXT_DIGEST_BYTES]


class DerivedKeys:
    """The keys of the messages without a client id of one call in one conversation."""

    def __init__(self) -> None:
        self._alike: Counter[tuple[str, ...]] = Counter()

    def key(self, *, role: str, sender: str, sent_at: datetime, text: str) -> str:
        """Return the key of the next message. `text` is the text as it was sent, not redacted."""
        said = (role, sender, sent_at.isoformat(), text)
        rank = self._alike[said]
        self._alike[said] += 1
        value = "\x00".join((*said, str(rank))).encode("utf-8", "surrogatepass")
        return _DERIVED + salted_hmac("conversations.identity", value, algorithm="sha256").hexdigest()
