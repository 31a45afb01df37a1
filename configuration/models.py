from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models import Agent, Company, Environment, Queue
from configuration.registry import MAX_NAME_LENGTH


class SettingValue(models.Model):
    """The value of a setting for a company, an environment, a queue in an environment, or an agent.

    Without a row the wider level's value counts, and in the end the default of the declaration. Only
    `configuration.services` writes rows: it checks the value, the level and the owner.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="setting_values")
    environment = models.CharField(max_length=16, choices=Environment, null=True, blank=True)  # noqa: DJ001 null: all
    queue = models.ForeignKey(Queue, null=True, blank=True, on_delete=models.CASCADE, related_name="setting_values")
    agent = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.CASCADE, related_name="setting_values")
    name = models.CharField(max_length=MAX_NAME_LENGTH, help_text="Of a declaration, such as desk.slots.")
    value = models.JSONField(help_text="A boolean, a number or a text.")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            # Each also serves the look-up of one setting at its level (`configuration.expressions`).
            models.UniqueConstraint(
                fields=["company", "name"],
                condition=Q(environment__isnull=True, queue__isnull=True, agent__isnull=True),
                name="one_company_value_per_setting",
            ),
            models.UniqueConstraint(
                fields=["company", "environment", "name"],
                condition=Q(environment__isnull=False, queue__isnull=True, agent__isnull=True),
                name="one_environment_value_per_setting",
            ),
            models.UniqueConstraint(
                fields=["queue", "environment", "name"],
                condition=Q(queue__isnull=False),
                name="one_queue_value_per_setting",
            ),
            models.UniqueConstraint(
                fields=["agent", "name"], condition=Q(agent__isnull=False), name="one_agent_value_per_setting"
            ),
            models.CheckConstraint(
                condition=Q(queue__isnull=True) | Q(agent__isnull=True), name="setting_value_has_one_owner"
            ),
            models.CheckConstraint(
                condition=Q(queue__isnull=True, agent__isnull=True) | Q(environment__isnull=False),
                name="narrow_setting_value_has_environment",
            ),
        ]

    def __str__(self) -> str:
        return self.name
