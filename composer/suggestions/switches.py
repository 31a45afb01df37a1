"""Switches features on and off. Open desks follow from their next keystroke on."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from accounts.actors import Actor, record
from accounts.models import Agent, Queue
from caching import versions
from composer.errors import ForeignSubjectError
from composer.models import Feature, FeatureSwitch
from composer.suggestions.features import features_key
from conversations.selectors import Scope


@transaction.atomic
def switch_feature(
    *, by: Actor, scope: Scope, feature: Feature, on: bool, whose: Queue | Agent | None = None
) -> FeatureSwitch:
    """Switch the feature for an agent, for a queue or, where `whose` is None, for the company.

    An agent's switch overrides the queue's, and the queue's overrides the company's. Raises ForeignSubjectError.
    """
    rows = FeatureSwitch.objects.select_for_update()
    row, created = rows.get_or_create(**_place(scope, feature, whose), defaults={"enabled": on})
    if not created and row.enabled == on:
        return row
    if not created:
        row.enabled = on
        row.save(update_fields=["enabled"])
    _record(by, scope, row, before=None if created else not on, after=on)
    return row


@transaction.atomic
def clear_feature_switch(*, by: Actor, scope: Scope, feature: Feature, whose: Queue | Agent | None = None) -> bool:
    """Remove the switch, so that the wider one counts. Return whether there was one. Raises ForeignSubjectError."""
    row = FeatureSwitch.objects.select_for_update().filter(**_place(scope, feature, whose)).first()
    if row is None:
        return False
    _record(by, scope, row, before=row.enabled, after=None)
    row.delete()
    return True


def _place(scope: Scope, feature: Feature, whose: Queue | Agent | None) -> dict[str, Any]:
    if whose is not None and whose.company_id != scope.company_id:
        raise ForeignSubjectError
    if isinstance(whose, Agent) and whose.environment != scope.environment:
        raise ForeignSubjectError
    return {
        "company_id": scope.company_id,
        "environment": scope.environment,
        "queue": whose if isinstance(whose, Queue) else None,
        "agent": whose if isinstance(whose, Agent) else None,
        "feature": feature,
    }


def _record(by: Actor, scope: Scope, row: FeatureSwitch, *, before: bool | None, after: bool | None) -> None:
    """Record the change of a switch; None: there is none, and the wider one counts."""
    about = {"environment": scope.environment, "feature": row.feature, "agent": row.agent_id}
    about["queue"] = str(row.queue_id) if row.queue_id else None
    record(by, "feature.switched", row, before={**about, "enabled": before}, after={**about, "enabled": after})
    versions.invalidate([features_key(scope)])
