"""How long a customer has been waiting: since when, in words, and when that is too long."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from conversations.models import Conversation, Message, MessageKind, SenderRole

# A wait from here on is shown loudly, wherever it is shown.
TOO_LONG = timedelta(minutes=5)


def with_unanswered_since(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Adds `unanswered_since`: when the customer wrote the first message that no agent has answered, or None.

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


def is_too_long(since: datetime | None, now: datetime) -> bool:
    return since is not None and now - since >= TOO_LONG


def in_words(since: datetime, now: datetime) -> str:
    """The time from `since` to `now`: "under 1 min", "4 min", "1 h 5 min", "3 days".

    A moment in the future (a sender's clock that runs ahead) counts as now.
    """
    minutes = max(0, int((now - since).total_seconds()) // 60)
    if minutes < 1:
        return "under 1 min"
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days = hours // 24
    return "1 day" if days == 1 else f"{days} days"
