"""What a company lets its suggestions learn from."""

from __future__ import annotations

from django.db import transaction

from accounts.actors import Actor, record
from caching import versions
from composer.learning.selectors import models_key
from composer.models import LearningSettings
from conversations.selectors import Scope


@transaction.atomic
def learn_from_transcripts(scope: Scope, on: bool, *, by: Actor) -> LearningSettings:
    """Allow or forbid offers of what the company's agents often say. Every process follows from its next keystroke on.

    Where it is forbidden, offers come from the lists and from what each agent said lately.
    """
    rows = LearningSettings.objects.filter(company_id=scope.company_id, environment=scope.environment)
    before = rows.select_for_update().values_list("from_transcripts", flat=True).first()
    row, _ = LearningSettings.objects.update_or_create(
        company_id=scope.company_id, environment=scope.environment, defaults={"from_transcripts": on}
    )
    record(
        by,
        "suggestions.from_transcripts",
        row,
        before={"environment": scope.environment, "from_transcripts": before},
        after={"environment": scope.environment, "from_transcripts": on},
    )
    versions.invalidate([models_key(scope)])
    return row
