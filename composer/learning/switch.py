"""What a company lets its suggestions learn from."""

from __future__ import annotations

from django.db import transaction

from accounts.actors import Actor, record
from composer.models import LearningSettings
from conversations.selectors import Scope
from freshness import stamps
from responses.selectors import list_topic


@transaction.atomic
def learn_from_transcripts(scope: Scope, on: bool, *, by: Actor) -> LearningSettings:
    """Offer what the company's agents often say, or only the lists and each agent's own habits. Felt at once."""
    row, _ = LearningSettings.objects.update_or_create(
        company_id=scope.company_id, environment=scope.environment, defaults={"from_transcripts": on}
    )
    record(by, "suggestions.from_transcripts", row, detail=f"{scope.environment}: {'on' if on else 'off'}")
    stamps.touch([list_topic(scope)])
    return row
