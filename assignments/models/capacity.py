from __future__ import annotations

from django.db import models

from accounts.ids import ULID_LENGTH, new_ulid
from accounts.models import Agent


class AgentCapacity(models.Model):
    """When an agent was last busy and present. Its row is the lock of the agent's slots (setting desk.slots).

    A transaction that assigns a conversation to the agent takes the conversation's lock first, then this one.
    """

    agent = models.OneToOneField(Agent, primary_key=True, on_delete=models.CASCADE, related_name="capacity")
    busy_at = models.DateTimeField(null=True, blank=True, help_text="When a conversation last came or went.")
    seen_at = models.DateTimeField(null=True, blank=True, help_text="When the agent's last desk closed.")

    class Meta:
        verbose_name_plural = "agent capacities"

    def __str__(self) -> str:
        return self.agent_id


class DeskConnection(models.Model):
    """One open desk socket. Its process renews `seen_at`; a row that is not renewed belongs to a process that died."""

    id = models.CharField(primary_key=True, max_length=ULID_LENGTH, default=new_ulid, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="desk_connections")
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        # The sweep looks for desks whose process died.
        indexes = [models.Index(fields=["seen_at"], name="desk_connection_by_sight")]

    def __str__(self) -> str:
        return self.pk
