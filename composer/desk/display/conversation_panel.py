"""What stands beside a transcript: who the customer is and what is known about the conversation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Left
from django.utils import timezone

from accounts.models import User
from composer.desk.display.labels import channel_label, status_label
from composer.desk.display.participants import Participants
from composer.desk.display.summaries import LONGEST_SECRET, PREVIEW_LENGTH, short_moment, waiting_since
from composer.desk.display.wait_times import in_words, is_too_long
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

MOST_EARLIER = 5


@dataclass(frozen=True, slots=True)
class EarlierConversation:
    id: str
    opening: str
    when: str
    queue: str
    status: str
    status_label: str


@dataclass(frozen=True, slots=True)
class Facts:
    """`wait` and `agent` are empty when there is none; `proved_at` is when the customer proved who they are."""

    customer: str
    initials: str
    customer_id: str
    proved_at: datetime | None
    status: str
    status_label: str
    wait: str
    is_too_long: bool
    queue: str
    channel: str
    agent: str
    started_at: datetime
    ended_at: datetime | None
    external_id: str
    time_zone: str
    metadata: list[tuple[str, str]]
    earlier: list[EarlierConversation]
    has_more_earlier: bool


def facts_of(conversation: Conversation, participants: Participants, *, reader: User) -> Facts:
    """Four queries. The conversation carries its queue and its waits, see `composer.desk.display.wait_times`."""
    now = timezone.localtime()
    since = waiting_since(conversation)
    proof = conversation.authentications.order_by("-authenticated_at").first()
    earlier = _earlier(conversation, participants.customer, reader, now)
    return Facts(
        customer=participants.customer_name,
        initials=participants.customer_initials,
        customer_id=participants.customer.external_id if participants.customer else "",
        proved_at=proof.authenticated_at if proof else None,
        status=conversation.status,
        status_label=status_label(conversation),
        wait=in_words(since, now) if since else "",
        is_too_long=is_too_long(since, now),
        queue=conversation.queue.label if conversation.queue else "",
        channel=channel_label(conversation),
        agent=participants.agent,
        started_at=conversation.started_at,
        ended_at=conversation.ended_at,
        external_id=conversation.external_id,
        time_zone=reader.company.time_zone,
        metadata=list(Metadata.objects.filter(conversation=conversation).order_by("name").values_list("name", "value")),
        earlier=earlier[:MOST_EARLIER],
        has_more_earlier=len(earlier) > MOST_EARLIER,
    )


def earlier_conversations(conversation: Conversation, customer: Customer, reader: User) -> QuerySet[Conversation]:
    """What the same customer wrote about before, newest first, as far as the reader may see it."""
    took_part = Participant.objects.filter(conversation=OuterRef("pk"), customer=customer)
    return (
        visible_conversations(reader)
        .filter(Exists(took_part), started_at__lt=conversation.started_at)
        .exclude(pk=conversation.pk)
        .select_related("queue")
        .order_by("-started_at", "-pk")
    )


def _earlier(
    conversation: Conversation, customer: Customer | None, reader: User, now: datetime
) -> list[EarlierConversation]:
    if customer is None:
        return []
    opening = (
        Message.objects.filter(conversation=OuterRef("pk"), kind=MessageKind.CHAT, role=SenderRole.CUSTOMER)
        .order_by("sequence")
        .values(start=Left("text", PREVIEW_LENGTH + LONGEST_SECRET))[:1]
    )
    sees = redactor_for(conversation.company_id, conversation.environment, Audience.AGENT)
    rows = earlier_conversations(conversation, customer, reader).annotate(opening=Subquery(opening))
    return [
        EarlierConversation(
            id=row.pk,
            opening=sees.redact(row.opening)[:PREVIEW_LENGTH] if row.opening else "No messages",
            when=short_moment(row.started_at, now),
            queue=row.queue.label if row.queue else "",
            status=row.status,
            status_label=status_label(row),
        )
        for row in rows[: MOST_EARLIER + 1]
    ]
