from __future__ import annotations

from django.db import models

from accounts.ids import ULID_LENGTH, new_ulid
from accounts.models import Agent


class Seat(models.Model):
    """An agent's place at the desk. Its row is the lock of the agent's slots.

    Whoever gives a conversation to the agent holds the conversation's lock first and this one then.
    """

    agent = models.OneToOneField(Agent, primary_key=True, on_delete=models.CASCADE, related_name="seat")
    slots = models.PositiveIntegerField(null=True, blank=True, help_text="Conversations at once; empty: AGENT_SLOTS.")
    busy_at = models.DateTimeField(null=True, blank=True, help_text="When a conversation last came or went.")
    seen_at = models.DateTimeField(null=True, blank=True, help_text="When the agent's last desk closed.")

    def __str__(self) -> str:
        return self.agent_id


class DeskConnection(models.Model):
    """One open desk socket. `seen_at` is renewed while it lives; a row that was not is of a process that died."""

    id = models.CharField(primary_key=True, max_length=ULID_LENGTH, default=new_ulid, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="desk_connections")
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        # The sweep looks for the dead ones.
        indexes = [models.Index(fields=["seen_at"], name="desk_connection_by_sight")]

    def __str__(self) -> str:
        return self.pk
