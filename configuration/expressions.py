"""Settings in SQL, for queries that compare them for many agents at once."""

from __future__ import annotations

from typing import Any

from django.db.models import IntegerField, OuterRef, Subquery, Value
from django.db.models.functions import Cast, Coalesce

from configuration.models import SettingValue
from configuration.registry import Setting


def agent_setting(setting: Setting[int]) -> Coalesce:
    """Return an expression for querysets of agents: the value that counts for each, from any queue's apart.

    One look-up in a unique index for each level, the narrowest first; the next one only where a level has no value.
    """
    return Coalesce(
        _value(setting, agent=OuterRef("pk")),
        _value(setting, company=OuterRef("company"), environment=OuterRef("environment"), queue=None, agent=None),
        _value(setting, company=OuterRef("company"), environment=None, queue=None, agent=None),
        Value(setting.default_value()),
        output_field=IntegerField(),
    )


def _value(setting: Setting[int], **owner: Any) -> Subquery:
    rows = SettingValue.objects.filter(name=setting.name, **owner)
    return Subquery(rows.annotate(number=Cast("value", IntegerField())).values("number")[:1])
