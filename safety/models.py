from __future__ import annotations

from django.db import models
from django.db.models import Q


class RuleKind(models.TextChoices):
    """Built-in recognisers and the company's own regular expressions."""

    PAYMENT_CARD = "payment_card"
    US_SSN = "us_ssn"
    EMAIL = "email"
    PHONE = "phone"
    PATTERN = "pattern"


class RedactionRule(models.Model):
    """One rule of a company's ordered list; applied from the lowest position up.

    Source: seed security__data-redaction ("an ordered list of rules with names").
    """

    company = models.ForeignKey("accounts.Company", on_delete=models.CASCADE, related_name="redaction_rules")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=32, choices=RuleKind)
    pattern = models.CharField(max_length=1000, blank=True, help_text="Only for kind pattern.")
    mask = models.CharField(max_length=64, help_text="What stands in place of a match, such as [CARD].")
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ["company", "position"]
        constraints = [
            models.UniqueConstraint(fields=["company", "position"], name="redaction_position_is_unique"),
            models.UniqueConstraint(fields=["company", "name"], name="redaction_name_is_unique"),
            models.CheckConstraint(
                condition=(Q(kind="pattern") & ~Q(pattern="")) | (~Q(kind="pattern") & Q(pattern="")),
                name="only_pattern_rules_have_a_pattern",
            ),
        ]

    def __str__(self) -> str:
        return self.name
