"""A company's redaction rules: order, names, audiences, environments, own patterns (seed security__data-redaction)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.migrations.loader import MigrationLoader

from accounts.actors import Actor
from accounts.models import AuditEntry, Company
from safety.errors import BadRuleError, NoSuchRuleError
from safety.models import RedactionRule, RuleKind
from safety.selectors import Audience, redactor_for
from safety.services import (
    add_default_rules,
    add_pattern_rule,
    change_rule,
    move_rule,
    remove_rule,
    set_audiences,
    try_pattern,
)
from tests.factories import make_company

pytestmark = pytest.mark.django_db
MEMBER = r"\bM-\d{6}\b"
CARD = "4111 1111 1111 1111"


def rule_of(company: Company, kind: RuleKind) -> RedactionRule:
    return RedactionRule.objects.get(company=company, kind=kind)


def names(company: Company) -> list[str]:
    return list(RedactionRule.objects.filter(company=company).values_list("name", flat=True))


def put(by: Actor, rule: RedactionRule, **changes: Any) -> RedactionRule:
    values = {"name": rule.name, "mask": rule.mask, "pattern": rule.pattern, "in_sandbox": True, "in_production": True}
    return change_rule(by=by, rule_id=rule.pk, **values | changes)


def test_a_company_starts_with_a_rule_for_every_kind(company: Company) -> None:
    kinds = list(RedactionRule.objects.filter(company=company).values_list("kind", flat=True))
    assert sorted(kinds) == sorted(kind.value for kind in RuleKind if kind != RuleKind.PATTERN)
    add_default_rules(company_id=company.pk)
    assert RedactionRule.objects.filter(company=company).count() == len(kinds)


def test_an_own_rule_starts_in_the_sandbox_and_goes_to_production(company: Company, by: Actor) -> None:
    rule = add_pattern_rule(by=by, name="Member number", pattern=MEMBER, mask="[MEMBER]")
    text = "I am M-123456"
    assert redactor_for(company.pk, "sandbox").redact(text) == "I am [MEMBER]"
    assert redactor_for(company.pk, "production").redact(text) == text
    put(by, rule)
    assert redactor_for(company.pk, "production").redact(text) == "I am [MEMBER]"
    created, updated = AuditEntry.objects.filter(subject_id=str(rule.pk)).order_by("at")
    assert (created.action, created.before) == ("redaction_rule.created", None)
    assert created.after["pattern"] == MEMBER
    assert (updated.action, updated.before, updated.after) == (
        "redaction_rule.updated",
        {"in_production": False},
        {"in_production": True},
    )


def test_a_rule_that_is_in_no_environment_does_nothing(company: Company, by: Actor) -> None:
    put(by, rule_of(company, RuleKind.EMAIL), in_sandbox=False, in_production=False)
    assert redactor_for(company.pk).redact("jo@example.com") == "jo@example.com"


def test_the_first_rule_of_the_list_wins(company: Company, by: Actor) -> None:
    rule = put(by, add_pattern_rule(by=by, name="Sixteen", pattern=r"\d{16}", mask="[SIXTEEN]"))
    text = "4111111111111111"
    assert redactor_for(company.pk).redact(text) == "[CARD]"
    moved = move_rule(by=by, rule_id=rule.pk, position=0)
    assert [row.name for row in moved] == names(company)
    assert names(company)[0] == "Sixteen"
    assert redactor_for(company.pk).redact(text) == "[SIXTEEN]"
    assert move_rule(by=by, rule_id=rule.pk, position=99)[-1].name == "Sixteen"
    positions = list(RedactionRule.objects.filter(company=company).values_list("position", flat=True))
    assert positions == list(range(9))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"pattern": "("}, "missing"),
        ({"pattern": ""}, "1 to 1000 characters"),
        ({"pattern": r"(?=a)b"}, "invalid"),
        ({"pattern": r"(a)\1"}, "invalid"),
        ({"pattern": "x" * 1001}, "1 to 1000"),
        ({"pattern": r"\[.+\]"}, "its own mask"),
        ({"name": " "}, "a name has"),
        ({"name": "PHONE NUMBER"}, "there is already a rule"),
        ({"mask": ""}, "a mask has"),
        ({"mask": "x" * 65}, "a mask has"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused(by: Actor, fields: dict[str, str], says: str) -> None:
    with pytest.raises(BadRuleError, match=says):
        add_pattern_rule(by=by, **{"name": "Member", "pattern": MEMBER, "mask": "[MEMBER]"} | fields)
    assert not RedactionRule.objects.filter(kind=RuleKind.PATTERN).exists()


def test_a_built_in_rule_has_no_pattern_and_is_not_removed(company: Company, by: Actor) -> None:
    rule = rule_of(company, RuleKind.PHONE)
    with pytest.raises(BadRuleError):
        put(by, rule, pattern="x")
    with pytest.raises(BadRuleError):
        remove_rule(by=by, rule_id=rule.pk)
    own = add_pattern_rule(by=by, name="Member", pattern=MEMBER, mask="[MEMBER]")
    with pytest.raises(BadRuleError):
        put(by, own, pattern="")
    remove_rule(by=by, rule_id=own.pk)
    assert "Member" not in names(company)


def test_rules_of_another_company_cannot_be_changed(company: Company) -> None:
    stranger = Actor.system(make_company("globex").pk)
    rule = rule_of(company, RuleKind.PHONE)
    for change in (
        lambda: put(stranger, rule),
        lambda: move_rule(by=stranger, rule_id=rule.pk, position=0),
        lambda: remove_rule(by=stranger, rule_id=rule.pk),
        lambda: set_audiences(by=stranger, rule_id=rule.pk, audiences={Audience.TRANSCRIPTS: False}),
    ):
        with pytest.raises(NoSuchRuleError):
            change()


def test_a_pattern_can_be_tried_before_it_is_saved() -> None:
    text = "M-123456 and M-1"
    assert [(finding.start, finding.end) for finding in try_pattern(MEMBER, text)] == [(0, 8)]


def test_a_rule_masks_a_text_for_the_chosen_audiences(company: Company, by: Actor) -> None:
    rule = rule_of(company, RuleKind.EMAIL)
    text = "jo@example.com"
    everybody = [audience for audience in Audience if audience != Audience.LEARNING]

    def mask_for(*audiences: Audience) -> None:
        set_audiences(by=by, rule_id=rule.pk, audiences={audience: audience in audiences for audience in everybody})

    def masking() -> set[Audience]:
        return {
            audience
            for audience in Audience
            if redactor_for(company.pk, "production", audience).redact(text) == "[EMAIL]"
        }

    mask_for()
    assert masking() == set()
    set_audiences(by=by, rule_id=rule.pk, audiences={Audience.AGENT: True})
    assert masking() == {Audience.AGENT, Audience.LEARNING}
    set_audiences(by=by, rule_id=rule.pk, audiences={Audience.AGENT: False, Audience.CUSTOMER_DELAYED: True})
    assert masking() == {Audience.CUSTOMER_DELAYED, Audience.LEARNING}
    mask_for(Audience.CUSTOMER)
    assert masking() == {Audience.CUSTOMER, Audience.CUSTOMER_DELAYED, Audience.LEARNING}
    mask_for(Audience.TRANSCRIPTS)
    assert masking() == {Audience.TRANSCRIPTS, Audience.CUSTOMER, Audience.CUSTOMER_DELAYED, Audience.LEARNING}
    assert AuditEntry.objects.filter(action="redaction_rule.policies").count() == 5


def test_what_is_learned_cannot_be_chosen(company: Company, by: Actor) -> None:
    rule = rule_of(company, RuleKind.EMAIL)
    with pytest.raises(ValueError, match="follows from the other audiences"):
        set_audiences(by=by, rule_id=rule.pk, audiences={Audience.LEARNING: True})


def test_the_database_knows_the_kinds(company: Company) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        RedactionRule.objects.create(company=company, position=50, name="x", kind="shoe_size", mask="[X]")


def test_the_migration_gives_existing_companies_the_new_kinds(company: Company) -> None:
    """Runs the migration's code on rows as the version before had them."""
    migration = MigrationLoader(None).get_migration("safety", "0003_new_kinds")
    RedactionRule.objects.filter(kind__in=["iban", "account_number", "card_code", "date_of_birth"]).delete()
    RedactionRule.objects.filter(kind="phone").update(in_production=False)
    migration.operations[0].code(apps, SimpleNamespace(connection=connection))
    assert RedactionRule.objects.filter(company=company).count() == 8
    assert rule_of(company, RuleKind.PHONE).in_sandbox is False
    assert rule_of(company, RuleKind.CARD_CODE).customer_immediate is True
    assert redactor_for(company.pk).redact("the cvv is 123, call 415-555-2671") == "the cvv is [CVV], call 415-555-2671"
