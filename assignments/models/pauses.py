from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounts.models import Queue, User


class QueuePause(models.Model):
    """A time in which nothing is assigned from a queue, from `paused_at` to `resumed_at` (empty: it is paused now).

    Those who wait keep their positions (contract desk-facts section 13).
    """

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="pauses")
    paused_at = models.DateTimeField()
    resumed_at = models.DateTimeField(null=True, blank=True)
    paused_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    resumed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["queue"], condition=Q(resumed_at__isnull=True), name="one_open_pause_per_queue"
            ),
            models.CheckConstraint(
                condition=Q(resumed_at__isnull=True) | Q(resumed_at__gte=F("paused_at")),
                name="pause_ends_after_its_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.queue_id} {self.paused_at}"
