from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounts.models import Agent, Company

MAX_STATUS_NAME_LENGTH = 60


class StatusKind(models.TextChoices):
    """Conversations come in an `active` status only (contract desk-facts section 3)."""

    ACTIVE = "active"
    AWAY = "away"


class AgentStatus(models.Model):
    """A status that agents of a company may choose. `is_login_default`: the status in which a desk opens.

    Without a login default a desk opens in the status that the agent had last (contract desk-facts section 3).
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="agent_statuses")
    name = models.CharField(max_length=MAX_STATUS_NAME_LENGTH)
    kind = models.CharField(max_length=16, choices=StatusKind)
    position = models.PositiveIntegerField()
    is_login_default = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "agent statuses"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="status_name_is_unique_in_company"),
            models.UniqueConstraint(
                fields=["company"], condition=Q(is_login_default=True), name="one_login_default_per_company"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in StatusKind]), name="status_kind_is_known"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="status_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class StatusPeriod(models.Model):
    """An agent's time in a status, while at a desk. It ends with the next status or when the agent is gone."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="status_periods")
    status = models.ForeignKey(AgentStatus, on_delete=models.PROTECT, related_name="periods")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agent"], condition=Q(ended_at__isnull=True), name="one_open_status_per_agent"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="status_ends_after_its_start",
            ),
        ]
        # The agent's last status, and the time in each status of a day.
        indexes = [models.Index(fields=["agent", "-started_at"], name="status_by_agent_newest")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.status_id}"
