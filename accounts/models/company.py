from __future__ import annotations

import zoneinfo

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models


def validate_time_zone(name: str) -> None:
    """Refuse a name that the IANA time zone database does not know."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise ValidationError(f"{name!r} is not a time zone such as Europe/Dublin") from None


class Environment(models.TextChoices):
    """The two separate environments of a company. Nothing of one is visible in the other."""

    SANDBOX = "sandbox"
    PRODUCTION = "production"


class Company(models.Model):
    """The owner of all data: each row of the desk belongs to exactly one company.

    `slug` names it in commands and addresses. Commands and the vendor's documentation call it the marker.
    """

    slug = models.CharField(
        max_length=64,
        unique=True,
        validators=[RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9_-]*\Z", "Use letters, digits, - and _.")],
        help_text="Short name in commands and feeds.",
    )
    name = models.CharField(max_length=200)
    time_zone = models.CharField(
        max_length=64,
        default="UTC",
        validators=[validate_time_zone],
        help_text="Used where a conversation does not say the customer's own.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name
