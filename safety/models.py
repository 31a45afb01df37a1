from __future__ import annotations

from django.db import models
from django.db.models import Q

MAX_NAME_LENGTH, MAX_MASK_LENGTH, MAX_PATTERN_LENGTH = 100, 64, 1000


class RuleKind(models.TextChoices):
    """The built-in recognisers of `safety.engine.masking`, and PATTERN: a regular expression of the company."""

    PAYMENT_CARD = "payment_card"
    IBAN = "iban"
    US_SSN = "us_ssn"
    EMAIL = "email"
    ACCOUNT_NUMBER = "account_number"
    PHONE = "phone"
    CARD_CODE = "card_code"
    DATE_OF_BIRTH = "date_of_birth"
    PATTERN = "pattern"


class RedactionRule(models.Model):
    """A rule of a company's ordered list. Where two rules match the same text, the first of the list applies.

    Source: seed security__data-redaction ("an ordered list of rules with names", sandbox and production); openapi
    partner-configuration, redaction entities (the policies). Its policies say when it masks a match:

    * `transcripts`: before the text is stored, and so for everybody who reads it, for training and for export;
    * `agent_immediate`: when an agent or another member of staff sees the text;
    * `customer_immediate`: when the customer sees the text, including their own;
    * `customer_delayed`: the customer sees their own text as typed at first, and masked after CUSTOMER_DELAY_S.
    """

    company = models.ForeignKey("accounts.Company", on_delete=models.CASCADE, related_name="redaction_rules")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=MAX_NAME_LENGTH)
    kind = models.CharField(max_length=32, choices=RuleKind)
    pattern = models.CharField(
        max_length=MAX_PATTERN_LENGTH, blank=True, help_text="RE2 syntax; only for kind pattern."
    )
    mask = models.CharField(max_length=MAX_MASK_LENGTH, help_text="What stands in place of a match, such as [CARD].")
    in_sandbox = models.BooleanField(default=True)
    in_production = models.BooleanField(default=True)
    transcripts = models.BooleanField(default=True)
    agent_immediate = models.BooleanField(default=True)
    customer_immediate = models.BooleanField(default=False)
    customer_delayed = models.BooleanField(default=True)

    class Meta:
        ordering = ["company", "position"]
        constraints = [
            models.UniqueConstraint(fields=["company", "position"], name="redaction_position_is_unique"),
            models.UniqueConstraint(fields=["company", "name"], name="redaction_name_is_unique"),
            models.CheckConstraint(
                condition=(Q(kind="pattern") & ~Q(pattern="")) | (~Q(kind="pattern") & Q(pattern="")),
                name="only_pattern_rules_have_a_pattern",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in RuleKind]), name="redaction_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TermKind(models.TextChoices):
    """`block`: must not be sent, as the built-in words. `allow`: is never a hit, nor is anything inside it."""

    BLOCK = "block"
    ALLOW = "allow"


class ProfanityTerm(models.Model):
    """A word or phrase of a company's own block or allow list, in plain lower-case letters with single spaces."""

    company = models.ForeignKey("accounts.Company", on_delete=models.CASCADE, related_name="profanity_terms")
    kind = models.CharField(max_length=8, choices=TermKind)
    term = models.CharField(max_length=100)
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["company", "term"]
        constraints = [
            # A term cannot be blocked and allowed at once.
            models.UniqueConstraint(fields=["company", "term"], name="profanity_term_is_unique"),
            models.CheckConstraint(condition=~Q(term=""), name="profanity_term_is_not_empty"),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in TermKind]), name="profanity_term_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.term
