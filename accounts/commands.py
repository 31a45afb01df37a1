"""Helpers of management commands: look-ups and errors that end a command with one clear line."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from accounts.models import Company, Queue, User


def company_named(marker: str) -> Company:
    """Return the company with this slug. Raises CommandError when there is none."""
    company = Company.objects.filter(slug=marker).first()
    if company is None:
        raise CommandError(f"no company {marker!r}. Create it with: create_company {marker} --name NAME")
    return company


def person_named(company: Company, username: str) -> User:
    """Return the company's person with this user name. Raises CommandError when there is none."""
    user = User.objects.filter(company=company, username=User.normalize_username(username)).first()
    if user is None:
        raise CommandError(f"no user {username!r} in {company.slug}")
    return user


def queues_named(company: Company, names: Sequence[str]) -> list[Queue]:
    """Return the company's queues with these names. Raises CommandError when one is missing."""
    queues = {queue.name: queue for queue in Queue.objects.filter(company=company, name__in=names)}
    for name in names:
        if name not in queues:
            raise CommandError(f"no queue {name!r} in {company.slug}")
    return list(queues.values())


# Commands call the slug of a company its marker, as the vendor does.
_ARGUMENT_NAMES = {"slug": "marker"}


def one_line(error: ValidationError) -> CommandError:
    """Return an error with all messages of a validation error on one line, each with its field."""
    if hasattr(error, "error_dict"):
        messages_by_field = error.message_dict.items()
        parts = [f"{_ARGUMENT_NAMES.get(field, field)}: {' '.join(messages)}" for field, messages in messages_by_field]
    else:
        parts = list(error.messages)
    return CommandError("; ".join(parts))
