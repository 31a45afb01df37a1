from __future__ import annotations

from django.db import models


class EventType(models.TextChoices):
    """What can happen to a conversation: types of `accounts.models.Event`. Pages, feeds and webhooks read them."""

    CREATED = "conversation.created"
    UPDATED = "conversation.updated"
    IMPORTED = "conversation.imported"
    AGENT_JOINED = "conversation.agent_joined"
    AGENT_LEFT = "conversation.agent_left"
    QUEUED = "conversation.queued"
    TRANSFERRED = "conversation.transferred"
    RESUMED = "conversation.resumed"
    AUTHENTICATED = "conversation.customer_authenticated"
    ENDED = "conversation.ended"
    TIMED_OUT = "conversation.timed_out"
    MESSAGE_ADDED = "conversation.message_added"
