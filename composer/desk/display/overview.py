"""The part of the home page for admins and developers: the company in numbers, and its API keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import ApiCredential, Company, Environment, Role, User
from conversations.selectors import Scope
from responses.selectors import deployed_version


@dataclass(frozen=True, slots=True)
class CompanyOverview:
    """A company in numbers. `list_number`: None where no response list is in production."""

    agents: int
    people: int
    queues: int
    active_keys: int
    list_number: int | None
    list_saved_at: datetime | None


def overview_of(company: Company) -> CompanyOverview:
    """Return the overview. Five queries."""
    people = User.objects.filter(company=company, is_active=True)
    version = deployed_version(Scope(company.pk, Environment.PRODUCTION))
    return CompanyOverview(
        agents=people.filter(roles__role=Role.AGENT).distinct().count(),
        people=people.count(),
        queues=company.queues.count(),
        active_keys=company.api_credentials.filter(revoked_at__isnull=True).count(),
        list_number=version.number if version else None,
        list_saved_at=version.created_at if version else None,
    )


def active_keys_of(company: Company) -> list[ApiCredential]:
    """Return the credentials that can call the API now, the newest first. One query."""
    return list(company.api_credentials.filter(revoked_at__isnull=True).order_by("-created_at", "-pk")[:20])
