"""Creates a company with what each app adds to it."""

from __future__ import annotations

from django.db import transaction

from accounts.models import Company
from accounts.services import create_company
from assignments.services import add_default_statuses
from responses.services import add_default_dictionary
from safety.services import add_default_rules


@transaction.atomic
def open_company(*, slug: str, name: str, time_zone: str = "UTC") -> tuple[Company, bool]:
    """Create a company with redaction rules, metadata dictionary, greeting texts and statuses.

    Returns the company and True, or the renamed existing one and False. Raises ValidationError as `create_company`.
    """
    company, created = create_company(slug=slug, name=name, time_zone=time_zone)
    add_default_rules(company_id=company.pk)
    add_default_dictionary(company=company)
    add_default_statuses(company=company)
    return company, created
