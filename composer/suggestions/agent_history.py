"""What an agent said lately. It moves the agent's suggestions within a minute, long before the next training."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from django.utils import timezone

from accounts.models import Agent
from caching.cache import VersionedCache
from caching.versions import Versions
from composer.engine.types import RecentText
from composer.usage.outcomes import ChosenOffer, SentMessage, chosen_offers, not_chosen
from conversations.models import Message, MessageKind, SenderRole
from conversations.selectors import customers_of
from safety.selectors import Audience, redactor_for

# Older messages say nothing more about what the agent prefers.
MAX_MESSAGES = 100
MAX_AGE_DAYS = 14
# Weight added to a message that began as an offer: one sent unchanged says more than a typed one, a changed one less.
UNCHANGED_WEIGHT, EDITED_WEIGHT = 1.0, -0.5
# Weight of the text of an offer that the agent changed, and of one not chosen. Of three offers at least two are not
# chosen, so this says little.
OFFER_EDITED_WEIGHT, NOT_CHOSEN_WEIGHT = 0.25, -0.25
# How soon what an agent does moves the suggestions.
MAX_DELAY_S = 60.0


def _load(agent: Agent, _: Versions) -> tuple[RecentText, ...]:
    """Return texts that the agent sent lately, newest first; then offers that were changed or not chosen.

    A message that the desk sent in the agent's name, such as a greeting, is not the agent's own. Four queries.
    """
    since = timezone.now() - timedelta(days=MAX_AGE_DAYS)
    said = list(
        Message.objects.filter(
            company_id=agent.company_id,
            role=SenderRole.AGENT,
            kind=MessageKind.CHAT,
            sender_external_id=agent.external_id,
            conversation__environment=agent.environment,
            sent_at__gte=since,
        )
        .exclude(is_automatic=True)
        .order_by("-sent_at")
        .values_list("pk", "conversation_id", "text")[:MAX_MESSAGES]
    )
    if not said:
        return ()
    sent = {pk: SentMessage(conversation, text) for pk, conversation, text in said}
    chosen = chosen_offers(sent)
    offers: Counter[str] = Counter()
    for text in not_chosen(sent, chosen):
        offers[text] += NOT_CHOSEN_WEIGHT  # type: ignore[assignment] # weights are fractions
    for choice in chosen.values():
        if choice.edits:
            offers[choice.text] += OFFER_EDITED_WEIGHT  # type: ignore[assignment]
    customers = customers_of({conversation for _, conversation, _ in said})
    redactor = redactor_for(agent.company_id, agent.environment, Audience.LEARNING)
    return (
        *(
            RecentText(redactor.redact(text), 1.0 + _extra(chosen.get(pk)), customers.get(conversation, conversation))
            for pk, conversation, text in said
        ),
        *(RecentText(redactor.redact(text), weight) for text, weight in sorted(offers.items())),
    )


def _extra(choice: ChosenOffer | None) -> float:
    """Return what the offer that became a message adds to its weight."""
    if choice is None:
        return 0.0
    return EDITED_WEIGHT if choice.edits else UNCHANGED_WEIGHT


agent_histories: VersionedCache[Agent, tuple[RecentText, ...]] = VersionedCache(
    size=2000, load=_load, max_age_s=MAX_DELAY_S
)
