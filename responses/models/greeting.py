from __future__ import annotations

from django.db import models

from accounts.models import Agent, Company
from responses.models.library import MAX_TEXT_LENGTH


class GreetingDefaults(models.Model):
    """A company's auto-pilot greeting: the switch, two texts and the timers.

    Source: seed autocompose__feature-releases__auto-pilot-greetings-for-autocompose (10 to 15 s recommended).
    """

    company = models.OneToOneField(Company, on_delete=models.CASCADE, related_name="greeting_defaults")
    enabled = models.BooleanField(default=False)
    generic_text = models.TextField(max_length=MAX_TEXT_LENGTH, help_text="When the customer's name is not known.")
    named_text = models.TextField(max_length=MAX_TEXT_LENGTH, help_text="When it is; holds an insert for it.")
    trigger_after_seconds = models.PositiveIntegerField(default=0, help_text="From assignment to the preview.")
    delay_seconds = models.PositiveIntegerField(default=12, help_text="The countdown of the preview.")

    class Meta:
        verbose_name_plural = "greeting defaults"

    def __str__(self) -> str:
        return f"greeting of {self.company_id}"


class AgentGreeting(models.Model):
    """What an agent chose instead of the company's defaults; null means the default."""

    agent = models.OneToOneField(Agent, on_delete=models.CASCADE, related_name="greeting")
    enabled = models.BooleanField(null=True)
    generic_text = models.TextField(max_length=MAX_TEXT_LENGTH, null=True)  # noqa: DJ001 null is "not chosen", "" is a choice
    named_text = models.TextField(max_length=MAX_TEXT_LENGTH, null=True)  # noqa: DJ001

    def __str__(self) -> str:
        return f"greeting of {self.agent_id}"
