"""A company's redaction rules, and the redactor made of them."""

from __future__ import annotations

import functools

from django.db import transaction

from safety.engine.redaction import Redactor, Rule
from safety.models import RedactionRule, RuleKind

_DEFAULTS = (
    (RuleKind.PAYMENT_CARD, "Payment cards", "[CARD]"),
    (RuleKind.US_SSN, "US social security numbers", "[SSN]"),
    (RuleKind.EMAIL, "E-mail addresses", "[EMAIL]"),
    (RuleKind.PHONE, "Phone numbers", "[PHONE]"),
)


@transaction.atomic
def add_default_rules(*, company_id: int) -> None:
    """The rules that every company starts with; does nothing for a company that has rules."""
    if RedactionRule.objects.filter(company_id=company_id).exists():
        return
    RedactionRule.objects.bulk_create(
        RedactionRule(company_id=company_id, position=position, name=name, kind=kind, mask=mask)
        for position, (kind, name, mask) in enumerate(_DEFAULTS)
    )


@functools.lru_cache(maxsize=256)
def _redactor(rules: tuple[Rule, ...]) -> Redactor:
    return Redactor(rules)


def redactor_for(company_id: int) -> Redactor:
    """The redactor of a company's enabled rules. One query; compiled rules are kept."""
    rows = RedactionRule.objects.filter(company_id=company_id, enabled=True).order_by("position")
    return _redactor(tuple(Rule(row.kind, row.mask, row.pattern) for row in rows))
