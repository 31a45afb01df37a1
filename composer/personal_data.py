"""Where the composer holds personal data: drafts, what was offered and typed, greetings, and what was learned."""

from __future__ import annotations

from django.db.models import Min
from django.utils import timezone

from accounts.models import Agent
from accounts.personal_data import Erasure, Location
from accounts.selectors import agent_key
from caching import versions
from composer.learning.selectors import lock_models
from composer.models import (
    ComposerEvent,
    Draft,
    GreetingRun,
    MessageSent,
    OfferedReply,
    OfferSet,
    SuggestionModel,
    UsageReport,
)
from conversations.models import Conversation, Message


def _drafts(erasure: Erasure) -> int:
    # A row without text stays: its revision keeps a late save from bringing the text back.
    return Draft.objects.filter(conversation__in=erasure.conversation_ids).exclude(text="").update(text="", cursor=0)


def _reports(erasure: Erasure) -> int:
    return UsageReport.objects.filter(message__conversation__in=erasure.conversation_ids).delete()[0]


def _offers(erasure: Erasure) -> int:
    messages = Message.objects.filter(conversation__in=erasure.conversation_ids)
    replies = OfferedReply.objects.filter(message__in=messages).delete()[0]
    return replies + OfferSet.objects.filter(message__in=messages).delete()[0]


def _figures(erasure: Erasure) -> int:
    """Blank the texts of usage, and keep its figures."""
    sent = MessageSent.objects.filter(conversation__in=erasure.conversation_ids)
    actions = ComposerEvent.objects.filter(conversation__in=erasure.conversation_ids)
    changed = sent.exclude(selected_suggestion_text="").update(selected_suggestion_text="")
    return changed + actions.exclude(query="", text="").update(query="", text="")


def _greetings(erasure: Erasure) -> int:
    return GreetingRun.objects.filter(conversation__in=erasure.conversation_ids).delete()[0]


def _recent_texts(erasure: Erasure) -> int:
    """Let every process forget what these conversations' agents said lately."""
    agents = Agent.objects.filter(participations__conversation__in=erasure.conversation_ids).distinct()
    versions.invalidate([agent_key(pk) for pk in agents.values_list("pk", flat=True)])
    return 0


def _models(erasure: Erasure) -> int:
    """Mark the models that may have learned from these conversations: the next training replaces them.

    No model holds a text that fewer than three customers were told, but its weights were fitted on all of them.
    """
    conversations = Conversation.objects.filter(pk__in=erasure.conversation_ids)
    oldest = conversations.aggregate(oldest=Min("created_at"))["oldest"]
    if oldest is None:
        return 0
    lock_models(erasure.company_id)
    models = SuggestionModel.objects.filter(
        company_id=erasure.company_id, environment=erasure.environment, made_at__gte=oldest, erased_since__isnull=True
    )
    return models.update(erased_since=timezone.now())


LOCATIONS = [
    Location("drafts", ["composer.Draft.text"], _drafts),
    Location("usage reports", ["composer.UsageReport.payload"], _reports),
    Location("offers", ["composer.OfferSet.typed", "composer.OfferedReply.text"], _offers),
    Location(
        "texts of usage",
        [
            "composer.MessageSent.selected_suggestion_text",
            "composer.ComposerEvent.query",
            "composer.ComposerEvent.text",
        ],
        _figures,
    ),
    Location("greetings", ["composer.GreetingRun.text"], _greetings),
    Location("recent texts of agents", [], _recent_texts),
    Location("suggestion models", [], _models),
]
