"""What management commands share: find the company, or end with one clear line."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from accounts.models import Company, Queue, User


def company_named(marker: str) -> Company:
    """The company of this marker; CommandError when there is none."""
    company = Company.objects.filter(marker=marker).first()
    if company is None:
        raise CommandError(f"no company {marker!r}. Make it with: create_company {marker} --name NAME")
    return company


def person_named(company: Company, username: str) -> User:
    """The company's person of this user name; CommandError when there is none."""
    user = User.objects.filter(company=company, username=User.normalize_username(username)).first()
    if user is None:
        raise CommandError(f"no user {username!r} in {company.marker}")
    return user


def queues_named(company: Company, names: Sequence[str]) -> list[Queue]:
    """The company's queues of these names; CommandError when one is missing."""
    found = {queue.name: queue for queue in Queue.objects.filter(company=company, name__in=names)}
    for name in names:
        if name not in found:
            raise CommandError(f"no queue {name!r} in {company.marker}")
    return list(found.values())


def one_line(error: ValidationError) -> CommandError:
    """All messages of a validation error on one line, each with its field."""
    if hasattr(error, "error_dict"):
        parts = [f"{field}: {' '.join(messages)}" for field, messages in error.message_dict.items()]
    else:
        parts = list(error.messages)
    return CommandError("; ".join(parts))
