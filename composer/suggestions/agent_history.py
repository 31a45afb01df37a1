"""What an agent lately said: moves that agent's suggestions within minutes, long before the next training."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from django.utils import timezone

from accounts.models import ActorKind, Agent
from composer.engine.types import RecentText
from composer.usage.outcomes import Choice, Sent, choices, passed_over
from conversations.models import Message, MessageKind, SenderRole
from conversations.selectors import customers_of
from freshness.copies import Copies
from safety.selectors import Use, redactor_for

# Newer messages than these say nothing more about habits.
MOST_RECENT = 100
RECENT_DAYS = 14
# A message that was offered and sent as it was says more than one that was typed; one that was changed says less.
TAKEN, CHANGED = 1.0, -0.5
# What is said by an offer that was changed, and by one that was passed over. Of three at least two always are.
OFFER_CHANGED, PASSED_OVER = 0.25, -0.25
# How soon what an agent does is felt.
_KEPT_S = 60.0

_kept: Copies[str, tuple[RecentText, ...]] = Copies(2000)


def recent(agent: Agent) -> tuple[RecentText, ...]:
    """Texts the agent sent lately, newest first; then offers that were changed or passed over.

    What the desk sent in the agent's name, as a greeting, is nobody's own words. At most a minute old; four queries
    when older.
    """
    copy = _kept.find(agent.pk)
    if copy is not None and copy.is_current(()):
        return copy.value
    found = _load(agent)
    _kept.keep(agent.pk, found, topics=(), stamps=(), max_age_s=_KEPT_S)
    return found


def forget() -> None:
    _kept.clear()


def _load(agent: Agent) -> tuple[RecentText, ...]:
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
        .exclude(event__actor_kind=ActorKind.SYSTEM)
        .order_by("-sent_at")
        .values_list("pk", "conversation_id", "text")[:MOST_RECENT]
    )
    if not said:
        return ()
    sent = {pk: Sent(conversation, text) for pk, conversation, text in said}
    chosen = choices(sent)
    offers: Counter[str] = Counter()
    for text in passed_over(sent, chosen):
        offers[text] += PASSED_OVER  # type: ignore[assignment] # weights are fractions
    for choice in chosen.values():
        if choice.edits:
            offers[choice.text] += OFFER_CHANGED  # type: ignore[assignment]
    customers = customers_of({conversation for _, conversation, _ in said})
    redactor = redactor_for(agent.company_id, agent.environment, Use.LEARNING)
    return (
        *(
            RecentText(redactor.redact(text), 1.0 + _extra(chosen.get(pk)), customers.get(conversation, conversation))
            for pk, conversation, text in said
        ),
        *(RecentText(redactor.redact(text), weight) for text, weight in sorted(offers.items())),
    )


def _extra(choice: Choice | None) -> float:
    """What the offer that became a message adds to its weight."""
    if choice is None:
        return 0.0
    return CHANGED if choice.edits else TAKEN
