"""What management commands share: find the company, or end with one clear line."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from accounts.models import Company


def company_named(marker: str) -> Company:
    """The company of this marker; CommandError when there is none."""
    company = Company.objects.filter(marker=marker).first()
    if company is None:
        raise CommandError(f"no company {marker!r}. Make it with: create_company {marker} --name NAME")
    return company


def one_line(error: ValidationError) -> CommandError:
    """All messages of a validation error on one line, each with its field."""
    if hasattr(error, "error_dict"):
        parts = [f"{field}: {' '.join(messages)}" for field, messages in error.message_dict.items()]
    else:
        parts = list(error.messages)
    return CommandError("; ".join(parts))
