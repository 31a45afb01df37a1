from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models.company import Company, Environment

DEFAULT_RATE_LIMIT = 100  # requests a second: the documented spike arrest (contract README section 1)


class ApiFamily(models.TextChoices):
    """The APIs that a credential may call. The value is the first segment of their paths."""

    AUTOCOMPOSE = "autocompose"
    CONVERSATION = "conversation"


class ApiCredential(models.Model):
    """The pair of an id and a secret with which another system calls the API.

    Only a SHA-256 digest of the secret is stored: it is 256 random bits, so a slow password hash would
    protect nothing and would cost every call.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="api_credentials")
    environment = models.CharField(max_length=16, choices=Environment)
    name = models.CharField(max_length=100)
    api_id = models.CharField(max_length=64, unique=True)
    secret_digest = models.CharField(max_length=64)
    rate_limit = models.PositiveIntegerField(
        default=DEFAULT_RATE_LIMIT, help_text="Requests a second over all web processes; 0 for no limit."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.api_id})"


class ApiCredentialFamily(models.Model):
    """Allows a credential to call a family of APIs."""

    credential = models.ForeignKey(ApiCredential, on_delete=models.CASCADE, related_name="families")
    family = models.CharField(max_length=32, choices=ApiFamily)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["credential", "family"], name="one_row_per_credential_and_family"),
            models.CheckConstraint(
                condition=Q(family__in=[family.value for family in ApiFamily]), name="api_family_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.credential_id} {self.family}"
