"""What an agent lately said: moves that agent's suggestions within minutes, long before the next training."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from accounts.models import Agent
from composer.models import MessageSent
from conversations.models import Message, MessageKind, SenderRole
from freshness.copies import Copies
from safety.selectors import Use, redactor_for

# Newer messages than these say nothing more about habits.
MOST_RECENT = 100
RECENT_DAYS = 14
# An offer that was sent as it was offered says more than the message alone; one that was changed says less.
TAKEN, CHANGED = 1.0, -0.5
# How soon what an agent does is felt.
_KEPT_S = 60.0

_kept: Copies[str, tuple[tuple[str, float], ...]] = Copies(2000)


def recent(agent: Agent) -> tuple[tuple[str, float], ...]:
    """Texts the agent sent lately, newest first, with their weights. At most a minute old; three queries when older."""
    copy = _kept.find(agent.pk)
    if copy is not None and copy.is_current(()):
        return copy.value
    found = _load(agent)
    _kept.keep(agent.pk, found, topics=(), stamps=(), max_age_s=_KEPT_S)
    return found


def forget() -> None:
    _kept.clear()


def _load(agent: Agent) -> tuple[tuple[str, float], ...]:
    since = timezone.now() - timedelta(days=RECENT_DAYS)
    said = list(
        Message.objects.filter(
            company_id=agent.company_id,
            role=SenderRole.AGENT,
            kind=MessageKind.CHAT,
            sender_external_id=agent.external_id,
            conversation__environment=agent.environment,
            sent_at__gte=since,
        )
        .order_by("-sent_at")
        .values_list("pk", "conversation_id", "text")[:MOST_RECENT]
    )
    reported = MessageSent.objects.filter(
        conversation__in={conversation for _, conversation, _ in said}, message_id__in=[pk for pk, _, _ in said]
    ).exclude(selected_suggestion_text="")
    changes = dict(reported.values_list("message_id", "num_edits"))
    redactor = redactor_for(agent.company_id, agent.environment, Use.LEARNING)
    return tuple((redactor.redact(text), 1.0 + _extra(changes.get(pk))) for pk, _, text in said)


def _extra(edits: int | None) -> float:
    """What the report of a message adds to its weight. `edits`: None where no offer was taken."""
    if edits is None:
        return 0.0
    return CHANGED if edits else TAKEN
