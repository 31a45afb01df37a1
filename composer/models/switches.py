from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models import Agent, Company, Environment, Queue


class Feature(models.TextChoices):
    """Features that can be switched off. `autocompose` is the control group: off, it overrides the others."""

    SUGGESTIONS_WHILE_TYPING = "suggestions_while_typing"
    PHRASE_COMPLETIONS = "phrase_completions"
    SPELLCHECK = "spellcheck"
    AUTOPILOT_GREETINGS = "autopilot_greetings"
    AUTOCOMPOSE = "autocompose"


class FeatureSwitch(models.Model):
    """A feature switched on or off for an agent, a queue or a company; the narrowest switch counts.

    With neither queue nor agent the row is the company's. A feature without any row is on.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="feature_switches")
    environment = models.CharField(max_length=16, choices=Environment)
    queue = models.ForeignKey(Queue, null=True, blank=True, on_delete=models.CASCADE, related_name="feature_switches")
    agent = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.CASCADE, related_name="feature_switches")
    feature = models.CharField(max_length=32, choices=Feature)
    enabled = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "environment", "feature"],
                condition=Q(queue__isnull=True, agent__isnull=True),
                name="one_company_switch_per_feature",
            ),
            models.UniqueConstraint(
                fields=["environment", "queue", "feature"],
                condition=Q(queue__isnull=False),
                name="one_queue_switch_per_feature",
            ),
            models.UniqueConstraint(
                fields=["agent", "feature"],
                condition=Q(agent__isnull=False),
                name="one_agent_switch_per_feature",
            ),
            models.CheckConstraint(
                condition=Q(queue__isnull=True) | Q(agent__isnull=True), name="switch_is_for_one_scope"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.feature} {'on' if self.enabled else 'off'}"
