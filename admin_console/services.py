"""What spans rooms when a company is opened."""

from __future__ import annotations

from django.db import transaction

from accounts.models import Company
from accounts.services import create_company
from assignments.services import add_default_statuses
from responses.services import add_default_dictionary
from safety.services import add_default_rules


@transaction.atomic
def open_company(*, marker: str, name: str, time_zone: str = "UTC") -> tuple[Company, bool]:
    """A company ready for work: redaction rules, metadata dictionary, greeting texts and statuses are there at once."""
    company, created = create_company(marker=marker, name=name, time_zone=time_zone)
    add_default_rules(company_id=company.pk)
    add_default_dictionary(company=company)
    add_default_statuses(company=company)
    return company, created
