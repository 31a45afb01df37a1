from __future__ import annotations

from django.db import transaction

from accounts.models import Company
from responses.models import Insert, InsertSource

# Names as the seed's pages write them: {NAME} on the API page, {rep_name} on the tooling page.
_INSERTS = (
    ("NAME", InsertSource.CUSTOMER_FIRST_NAME, "Customer's first name"),
    ("rep_name", InsertSource.AGENT_FIRST_NAME, "Agent's first name"),
    ("TIME_OF_DAY", InsertSource.TIME_OF_DAY, "morning, afternoon or evening where the customer is"),
)


@transaction.atomic
def add_default_dictionary(*, company: Company) -> None:
    """Add the inserts that every company starts with. Existing ones are not changed."""
    Insert.objects.bulk_create(
        [Insert(company=company, name=name, source=source, description=text) for name, source, text in _INSERTS],
        ignore_conflicts=True,
    )
