from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models import Agent
from conversations.models import Conversation


class ReadMark(models.Model):
    """The sequence up to which an agent has read a conversation. It never decreases.

    One row for each agent and conversation, so that every desk of the agent counts the same unread messages.
    """

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="read_marks", db_index=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="read_marks")
    sequence = models.PositiveIntegerField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent", "conversation"], name="one_read_mark_per_agent_and_conversation"),
            models.CheckConstraint(condition=Q(sequence__gte=1), name="read_mark_is_of_a_row"),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.conversation_id} {self.sequence}"
