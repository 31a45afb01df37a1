"""Writes what conversations hold, apart from who has them: details, customers and messages.

Who has a conversation, where it waits and how it ends is written by `assignments.lifecycle` alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Queue
from conversations.adding import NewMessage, add_messages
from conversations.errors import ErasedError, TooMuchMetadataError
from conversations.models import (
    MAX_METADATA_ENTRIES,
    MAX_NAME_LENGTH,
    Channel,
    Conversation,
    Customer,
    CustomerAuthentication,
    EventType,
    Metadata,
    Participant,
    ParticipantRole,
    Status,
)
from conversations.participation import join
from conversations.recording import announce_events, record_event
from conversations.selectors import Scope, conversations
from safety.engine.visible import clean_name
from safety.services import redactor_for

__all__ = [
    "Details",
    "NewMessage",
    "Party",
    "Saved",
    "add_messages",
    "authenticate_customer",
    "save_details",
]


@dataclass(frozen=True, slots=True)
class Party:
    """An agent or a customer as a caller names them. `name` None keeps the name that is known."""

    external_id: str
    name: str | None = None

    def cleaned(self) -> Party:
        """Return the party with a name without control characters."""
        return self if self.name is None else replace(self, name=clean_name(self.name))


@dataclass(frozen=True, slots=True)
class Details:
    """What a caller knows about a conversation, apart from who has it.

    `queue_name` or `queue` in the metadata sets the queue, where the company has one of that name.
    """

    external_id: str
    customer: Party
    started_at: datetime
    metadata: Mapping[str, str] = field(default_factory=dict)
    channel: str = Channel.API


@dataclass(frozen=True, slots=True)
class Saved:
    """A conversation, locked, and what `save_details` did to it."""

    conversation: Conversation
    is_new: bool
    is_changed: bool


def save_details(*, by: Actor, scope: Scope, details: Details, new_status: Status) -> Saved:
    """Create the conversation of this external id with `new_status`, or bring its details up to date.

    What is not sent stays: metadata keys that are not named keep their values. The caller's transaction writes who has
    the conversation, the event that it was updated, and sends the hints: see `assignments.lifecycle`. Raises
    TooMuchMetadataError, and IntegrityError where another process created it meanwhile: the second call finds it.
    """
    conversation = conversations(scope).select_for_update().filter(external_id=details.external_id).first()
    is_new = conversation is None
    if conversation is None:
        conversation = Conversation.objects.create(
            company_id=scope.company_id,
            environment=scope.environment,
            external_id=details.external_id,
            channel=details.channel,
            status=new_status,
            started_at=details.started_at,
        )
        record_event(by, conversation, EventType.CREATED)
    customer = _redacted(conversation, details.customer)
    changed = _set_metadata(conversation, details.metadata)
    changed |= _set_queue(conversation, details.metadata, is_new=is_new)
    changed |= _set_customer(conversation, customer, details.started_at if is_new else timezone.now())
    return Saved(conversation, is_new, changed)


def _redacted(conversation: Conversation, customer: Party) -> Party:
    """Return the customer with a redacted name: people type all sorts of things into a name field."""
    customer = customer.cleaned()
    if not customer.name:
        return customer
    redactor = redactor_for(conversation.company_id, conversation.environment)
    return replace(customer, name=redactor.redact(customer.name)[:MAX_NAME_LENGTH])


def _set_metadata(conversation: Conversation, values: Mapping[str, str]) -> bool:
    known = dict(Metadata.objects.filter(conversation=conversation).values_list("name", "value"))
    changed = {name: value for name, value in values.items() if known.get(name) != value}
    if len(known | changed) > max(MAX_METADATA_ENTRIES, len(known)):
        raise TooMuchMetadataError(f"a conversation has at most {MAX_METADATA_ENTRIES} entries")
    Metadata.objects.bulk_create(
        [Metadata(conversation=conversation, name=name, value=value) for name, value in changed.items()],
        update_conflicts=True,
        unique_fields=["conversation", "name"],
        update_fields=["value"],
    )
    return bool(changed)


def _set_queue(conversation: Conversation, metadata: Mapping[str, str], *, is_new: bool) -> bool:
    """Set the queue that the metadata name. A customer who waits keeps the queue: only a transition moves them."""
    name = metadata.get("queue_name") or metadata.get("queue")
    if not name or (conversation.status == Status.WAITING and not is_new):
        return False
    queue = Queue.objects.filter(company_id=conversation.company_id, name=name).first()
    if queue is None or queue.pk == conversation.queue_id:
        return False
    conversation.queue = queue
    conversation.save(update_fields=["queue"])
    return True


def _set_customer(conversation: Conversation, party: Party, at: datetime) -> bool:
    customer, _ = Customer.objects.get_or_create(
        company_id=conversation.company_id,
        environment=conversation.environment,
        external_id=party.external_id,
    )
    return join(conversation, ParticipantRole.CUSTOMER, party.name, at, customer=customer)[1]


@transaction.atomic
def authenticate_customer(
    *, by: Actor, conversation: Conversation, customer_external_id: str, stream_id: str = ""
) -> CustomerAuthentication:
    """Record that the customer proved to be `customer_external_id`, who is the conversation's customer from now on.

    The proof itself is not stored. Raises ErasedError. Source: openapi conversations, authenticate.
    """
    conversation = Conversation.objects.select_for_update().get(pk=conversation.pk)
    if conversation.erased_at is not None:
        raise ErasedError(conversation.pk)
    customer, _ = Customer.objects.get_or_create(
        company_id=conversation.company_id,
        environment=conversation.environment,
        external_id=customer_external_id,
    )
    before = Participant.objects.filter(
        conversation=conversation, role=ParticipantRole.CUSTOMER, left_at__isnull=True
    ).first()
    name = before.name if before else None
    join(conversation, ParticipantRole.CUSTOMER, name, timezone.now(), customer=customer)
    row = CustomerAuthentication.objects.create(conversation=conversation, customer=customer, stream_id=stream_id)
    record_event(by, conversation, EventType.AUTHENTICATED)
    announce_events(conversation)
    return row
