"""Where conversations hold personal data. Of an erased one is left who had it, when, and how it ended."""

from __future__ import annotations

from django.db.models import F, Value
from django.db.models.functions import Concat
from django.utils import timezone

from accounts.ids import new_ulid
from accounts.personal_data import Erasure, Location
from caching import versions
from conversations.models import (
    Conversation,
    Customer,
    CustomerAuthentication,
    Message,
    Metadata,
    Participant,
    ParticipantRole,
)
from conversations.selectors import conversation_key

# Other systems may use the id of an erased conversation or customer again: then it is a new one.
ERASED_PREFIX = "erased-"


def _messages(erasure: Erasure) -> int:
    return Message.objects.filter(conversation__in=erasure.conversation_ids).delete()[0]


def _metadata(erasure: Erasure) -> int:
    return Metadata.objects.filter(conversation__in=erasure.conversation_ids).delete()[0]


def _names(erasure: Erasure) -> int:
    people = Participant.objects.filter(conversation__in=erasure.conversation_ids).exclude(role=ParticipantRole.AGENT)
    return people.exclude(name="").update(name="")


def _authentications(erasure: Erasure) -> int:
    return CustomerAuthentication.objects.filter(conversation__in=erasure.conversation_ids).delete()[0]


def _conversations(erasure: Erasure) -> int:
    rows = Conversation.objects.filter(pk__in=erasure.conversation_ids, erased_at__isnull=True)
    versions.invalidate([conversation_key(id_) for id_ in erasure.conversation_ids])
    return rows.update(external_id=Concat(Value(ERASED_PREFIX), F("id")), erased_at=timezone.now())


def _customers(erasure: Erasure) -> int:
    customers = Customer.objects.filter(pk__in=erasure.customer_ids).exclude(external_id__startswith=ERASED_PREFIX)
    changed = 0
    for customer in customers:
        customer.external_id = ERASED_PREFIX + new_ulid()
        customer.save(update_fields=["external_id"])
        changed += 1
    return changed


LOCATIONS = [
    Location(
        "messages",
        [f"conversations.Message.{name}" for name in ("text", "text_digest", "client_id", "sender_external_id")],
        _messages,
    ),
    Location("metadata", ["conversations.Metadata.name", "conversations.Metadata.value"], _metadata),
    Location("names of customers", ["conversations.Participant.name"], _names),
    Location("authentications", ["conversations.CustomerAuthentication.stream_id"], _authentications),
    Location("ids of conversations", ["conversations.Conversation.external_id"], _conversations),
    Location("customers", ["conversations.Customer.external_id"], _customers),
]
