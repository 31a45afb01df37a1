"""Reads of conversations, always through a company and an environment."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, TypedDict

from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from ulid import ULID

from accounts.models import Environment, Event, User
from caching.versions import CacheKey, cache_key
from conversations.models import (
    Conversation,
    EventType,
    Message,
    MessageKind,
    Metadata,
    Participant,
    ParticipantRole,
    SenderRole,
)
from partitioning.months import lowest_ulid


class UnansweredSince(TypedDict):
    """The column that `with_unanswered_since` adds."""

    unanswered_since: datetime | None


if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    Unanswered = WithAnnotations[Conversation, UnansweredSince]


def conversation_key(conversation_id: str) -> CacheKey:
    """The cache key of a conversation. It changes with the conversation and with its messages."""
    return cache_key("conversation", conversation_id)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a caller may see: one environment of one company."""

    company_id: int
    environment: str

    @classmethod
    def of_user(cls, user: User) -> Scope:
        """Return the scope of a person: people work in production."""
        return cls(user.company_id, Environment.PRODUCTION)


def conversations(scope: Scope) -> QuerySet[Conversation]:
    """Return the scope's conversations. Every read of conversations starts here."""
    return Conversation.objects.filter(company_id=scope.company_id, environment=scope.environment)


def with_people(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Prefetch present participants and metadata: three queries for any number of rows."""
    present = Participant.objects.filter(left_at__isnull=True).select_related("agent", "customer")
    return rows.prefetch_related(
        Prefetch("participants", queryset=present, to_attr="present"),
        Prefetch("metadata", queryset=Metadata.objects.order_by("name")),
    )


def present(conversation: Conversation, role: ParticipantRole) -> Participant | None:
    """Return the present participant of a role. Reads what `with_people` fetched, else one query."""
    fetched: Sequence[Participant] | None = getattr(conversation, "present", None)
    if fetched is None:
        return (
            conversation.participants.filter(role=role, left_at__isnull=True)
            .select_related("agent", "customer")
            .first()
        )
    return next((participant for participant in fetched if participant.role == role), None)


# The order in which people and reports read messages: by time and, within a moment, by sequence. Ids give no order:
# within a millisecond they are random.
CHRONOLOGICAL = ("sent_at", "sequence")


def chat_messages(conversation: Conversation) -> QuerySet[Message]:
    """Return the messages that customers may see, in chronological order."""
    return conversation.messages.filter(kind=MessageKind.CHAT).order_by(*CHRONOLOGICAL)


def messages_before(conversation: Conversation, sequence: int | None) -> QuerySet[Message]:
    """Return all messages, the latest first. `before`: the sequence of a message; only messages before it in time."""
    rows = conversation.messages.order_by(*(f"-{name}" for name in CHRONOLOGICAL))
    start = conversation.messages.filter(sequence=sequence).first() if sequence is not None else None
    if start is None:
        return rows
    return rows.filter(Q(sent_at__lt=start.sent_at) | Q(sent_at=start.sent_at, sequence__lt=start.sequence))


def messages_below(conversation: Conversation, sequence: int | None) -> QuerySet[Message]:
    """Return all messages by sequence, the newest first. `before`: only those with a lower sequence.

    For pages that follow a conversation by sequence: a message that came late is out of order in time, but never
    missing.
    """
    rows = conversation.messages.order_by("-sequence")
    return rows if sequence is None else rows.filter(sequence__lt=sequence)


def with_unanswered_since(rows: QuerySet[Conversation]) -> QuerySet[Unanswered]:
    """Annotate `unanswered_since`: when the customer wrote the first message that no agent has answered, or None.

    The timer of a chat card counts for the side that waits (contract desk-facts section 2); an automatic
    message is no answer.
    """
    chat = Message.objects.filter(kind=MessageKind.CHAT)
    last_answer = (
        chat.filter(conversation=OuterRef("conversation_id"), role=SenderRole.AGENT)
        .order_by("-sequence")
        .values("sequence")[:1]
    )
    first_unanswered = (
        chat.filter(
            conversation=OuterRef("pk"),
            role=SenderRole.CUSTOMER,
            sequence__gt=Coalesce(Subquery(last_answer), Value(0)),
        )
        .order_by("sequence")
        .values("sent_at")[:1]
    )
    return rows.annotate(unanswered_since=Subquery(first_unanswered))


def customers_of(ids: Iterable[str]) -> dict[str, str]:
    """Return the customer of each of these conversations as a text that tells customers apart. One query.

    Conversations without a known customer are left out.
    """
    rows = Participant.objects.filter(conversation__in=ids, role=ParticipantRole.CUSTOMER)
    found = rows.order_by("joined_at", "pk").values_list("conversation_id", "customer_id")
    return {conversation: str(customer) for conversation, customer in found}


# How far the clocks of two hosts may differ: an event may be older, by its id, than its conversation.
_CLOCK_TOLERANCE = timedelta(days=1)


def events_of(conversation_ids: Collection[str]) -> QuerySet[Event]:
    """Return the events of these conversations. On PostgreSQL only the months since the oldest one are searched."""
    made = [ULID.from_str(id_).datetime for id_ in conversation_ids]
    since = lowest_ulid(min(made) - _CLOCK_TOLERANCE) if made else ""
    return Event.objects.filter(conversation_id__in=conversation_ids, id__gte=since)


def rows_after(conversation_id: str, after: int, limit: int) -> list[Message | Event]:
    """Return the first `limit` messages and other events after the sequence `after`, in order. Two queries.

    The caller has checked that the reader may see them. Messages are read directly, because imported ones have no
    events.
    """
    messages = Message.objects.filter(conversation_id=conversation_id, sequence__gt=after).order_by("sequence")
    events = events_of([conversation_id]).filter(sequence__gt=after).exclude(type=EventType.MESSAGE_ADDED)
    events = events.select_related("agent__user", "to_agent__user", "from_queue", "to_queue")
    found: list[Message | Event] = [*messages[:limit], *events.order_by("sequence")[:limit]]
    return sorted(found, key=attrgetter("sequence"))[:limit]
