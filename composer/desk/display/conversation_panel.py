"""What the panel beside a transcript shows: the conversation, its customer, and their earlier conversations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Left
from django.utils import timezone

from accounts.models import User
from composer.desk.display.participants import Participants
from composer.desk.display.summaries import (
    MAX_SECRET_LENGTH,
    PREVIEW_LENGTH,
    ConversationSummary,
    summaries_of,
    summary_of,
)
from composer.desk.selectors import visible_conversations
from conversations.models import (
    Conversation,
    Customer,
    Message,
    MessageKind,
    Metadata,
    Participant,
    SenderRole,
)
from safety.selectors import Audience, redactor_for

MAX_EARLIER = 5


@dataclass(frozen=True, slots=True)
class ConversationDetails:
    """One conversation in detail. `proved_at`: when the customer proved who they are, None if they did not.

    `earlier`: at most MAX_EARLIER conversations of the same customer, newest first, each with its `opening`.
    """

    summary: ConversationSummary
    proved_at: datetime | None
    time_zone: str
    metadata: list[tuple[str, str]]
    earlier: list[ConversationSummary]
    has_more_earlier: bool


def details_of(
    conversation: Conversation, participants: Participants, *, reader: User, last_messages: bool = False
) -> ConversationDetails:
    """Return the details in at most six queries. `last_messages`: earlier conversations show theirs.

    The conversation carries its queue and its waits (`composer.desk.selectors`).
    """
    now = timezone.localtime()
    proof = conversation.authentications.order_by("-authenticated_at").first()
    earlier = _earlier(conversation, participants.customer, reader, now, last_messages=last_messages)
    return ConversationDetails(
        summary=summary_of(conversation, participants, now=now),
        proved_at=proof.authenticated_at if proof else None,
        time_zone=reader.company.time_zone,
        metadata=list(Metadata.objects.filter(conversation=conversation).order_by("name").values_list("name", "value")),
        earlier=earlier[:MAX_EARLIER],
        has_more_earlier=len(earlier) > MAX_EARLIER,
    )


def earlier_conversations(conversation: Conversation, customer: Customer, reader: User) -> QuerySet[Conversation]:
    """Return the same customer's conversations before this one, newest first, as far as the reader may see them."""
    took_part = Participant.objects.filter(conversation=OuterRef("pk"), customer=customer)
    return (
        visible_conversations(reader)
        .filter(Exists(took_part), started_at__lt=conversation.started_at)
        .exclude(pk=conversation.pk)
        .select_related("queue")
        .order_by("-started_at", "-pk")
    )


def _earlier(
    conversation: Conversation, customer: Customer | None, reader: User, now: datetime, *, last_messages: bool
) -> list[ConversationSummary]:
    if customer is None:
        return []
    opening = (
        Message.objects.filter(conversation=OuterRef("pk"), kind=MessageKind.CHAT, role=SenderRole.CUSTOMER)
        .order_by("sequence")
        .values(start=Left("text", PREVIEW_LENGTH + MAX_SECRET_LENGTH))[:1]
    )
    redactor = redactor_for(conversation.company_id, conversation.environment, Audience.AGENT)
    rows = list(
        earlier_conversations(conversation, customer, reader).annotate(opening=Subquery(opening))[: MAX_EARLIER + 1]
    )
    summaries = summaries_of(rows, reader=reader, now=now, last_messages=last_messages)
    return [
        replace(summary, opening=redactor.redact(row.opening)[:PREVIEW_LENGTH] if row.opening else "")
        for summary, row in zip(summaries, rows, strict=True)
    ]
