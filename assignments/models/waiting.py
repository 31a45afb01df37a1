from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounts.models import Agent, Queue
from conversations.models import Conversation


class QueueOutcome(models.TextChoices):
    """How a wait ended. `elsewhere`: another system assigned an agent, or ended the conversation."""

    ASSIGNED = "assigned"
    TAKEN = "taken"
    MOVED = "moved"
    ABANDONED = "abandoned"
    ENDED = "ended"
    ELSEWHERE = "elsewhere"


class QueueEntry(models.Model):
    """A conversation's time in a queue, from `entered_at` to `left_at` (empty: it waits now).

    `waits_since` is earlier than `entered_at` for a customer who waited for an agent's reply before. Order of a queue:
    entries `at_top` first, then by `waits_since`. At the top are customers who were timed out and write again, and
    those whose agent is gone (contract desk-facts section 5).
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="queue_entries")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="entries", db_index=False)
    entered_at = models.DateTimeField()
    waits_since = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=16, choices=QueueOutcome, blank=True)
    at_top = models.BooleanField(default=False)
    released_by = models.ForeignKey(
        Agent,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        help_text="Who had it and handed it on, or did not answer: they do not get it back by itself.",
    )

    class Meta:
        verbose_name_plural = "queue entries"
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(left_at__isnull=True), name="one_open_entry_per_conversation"
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True, outcome="") | (Q(left_at__isnull=False) & ~Q(outcome="")),
                name="entry_ends_with_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(left_at__gte=F("entered_at")),
                name="entry_ends_after_its_start",
            ),
        ]
        indexes = [
            # The queue's order.
            models.Index(
                fields=["queue", "-at_top", "waits_since"], condition=Q(left_at__isnull=True), name="entries_in_order"
            ),
            # The waits of a day.
            models.Index(fields=["queue", "entered_at"], name="entries_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} in {self.queue_id}"
