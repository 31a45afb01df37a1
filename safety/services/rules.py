"""Writes of a company's redaction rules. The next text that is redacted is redacted by the changed rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import F

from accounts.actors import Actor, record
from accounts.audit_facts import changed
from safety.engine.masking import DEFAULT_RULES, Finding, Redactor, Rule
from safety.errors import BadRuleError, NoSuchRuleError
from safety.models import MAX_MASK_LENGTH, MAX_NAME_LENGTH, RedactionRule, RuleKind
from safety.selectors import Audience

MAX_RULES = 100
# Masked at once even for the customer who typed them.
_MASKED_AT_ONCE = {RuleKind.PAYMENT_CARD, RuleKind.US_SSN, RuleKind.CARD_CODE}


@transaction.atomic
def add_default_rules(*, company_id: int) -> None:
    """Add the rules that every company starts with. Does nothing for a company that has rules."""
    if RedactionRule.objects.filter(company_id=company_id).exists():
        return
    RedactionRule.objects.bulk_create(
        RedactionRule(
            company_id=company_id,
            position=position,
            name=rule.name,
            kind=rule.kind,
            mask=rule.mask,
            customer_immediate=rule.kind in _MASKED_AT_ONCE,
            customer_delayed=rule.kind not in _MASKED_AT_ONCE,
        )
        for position, rule in enumerate(DEFAULT_RULES)
    )


@transaction.atomic
def add_pattern_rule(*, by: Actor, name: str, pattern: str, mask: str) -> RedactionRule:
    """Add a company's own rule at the end of its list, in the sandbox only; `change_rule` takes it to production.

    Raises BadRuleError for a name that is taken or empty, a pattern or mask that cannot be used, or a full list.
    """
    rules = _locked(by.company_id)
    if len(rules) >= MAX_RULES:
        raise BadRuleError(f"a company has at most {MAX_RULES} rules")
    _check(rules, None, name, pattern, mask)
    rule = RedactionRule.objects.create(
        company_id=by.company_id,
        position=rules[-1].position + 1 if rules else 0,
        name=name.strip(),
        kind=RuleKind.PATTERN,
        pattern=pattern,
        mask=mask.strip(),
        in_production=False,
    )
    record(by, "redaction_rule.created", rule, after=_facts(rule))
    return rule


@transaction.atomic
def change_rule(
    *,
    by: Actor,
    rule_id: int,
    name: str,
    mask: str,
    pattern: str = "",
    in_sandbox: bool,
    in_production: bool,
) -> RedactionRule:
    """Change a rule. Raises NoSuchRuleError, and BadRuleError for values that `add_pattern_rule` would refuse."""
    rules = _locked(by.company_id)
    rule = _of(rules, rule_id)
    if (rule.kind == RuleKind.PATTERN) != bool(pattern):
        raise BadRuleError("a rule of your own needs a pattern, and a built-in rule cannot have one")
    _check(rules, rule, name, pattern or None, mask)
    before = _facts(rule)
    rule.name, rule.mask, rule.pattern = name.strip(), mask.strip(), pattern
    rule.in_sandbox, rule.in_production = in_sandbox, in_production
    rule.save(update_fields=["name", "mask", "pattern", "in_sandbox", "in_production"])
    was, now = changed(before, _facts(rule))
    record(by, "redaction_rule.updated", rule, before=was, after=now)
    return rule


@transaction.atomic
def set_audiences(*, by: Actor, rule_id: int, audiences: Mapping[Audience, bool]) -> RedactionRule:
    """Say for which audiences a rule masks its matches; an audience that is not named stays as it is.

    Raises NoSuchRuleError, and ValueError for LEARNING, which follows from the others.
    """
    if Audience.LEARNING in audiences:
        raise ValueError("what is learned follows from the other audiences")
    rule = _of(_locked(by.company_id), rule_id)
    before = _audiences(rule)
    for audience, is_on in audiences.items():
        setattr(rule, audience.value, is_on)
    if audiences:
        rule.save(update_fields=[audience.value for audience in audiences])
        after = _audiences(rule)
        record(by, "redaction_rule.policies", rule, before={"audiences": before}, after={"audiences": after})
    return rule


@transaction.atomic
def move_rule(*, by: Actor, rule_id: int, position: int) -> list[RedactionRule]:
    """Move a rule to `position`, counted from 0, and return the rules in their new order.

    A position beyond the end is the end. Raises NoSuchRuleError.
    """
    rules = _locked(by.company_id)
    rule = _of(rules, rule_id)
    before = rules.index(rule)
    rules.remove(rule)
    rules.insert(max(0, min(position, len(rules))), rule)
    _number(by.company_id, rules)
    record(by, "redaction_rule.moved", rule, before={"position": before}, after={"position": rules.index(rule)})
    return rules


@transaction.atomic
def remove_rule(*, by: Actor, rule_id: int) -> None:
    """Delete a rule that the company added. Raises NoSuchRuleError, and BadRuleError for a built-in rule."""
    rule = _of(_locked(by.company_id), rule_id)
    if rule.kind != RuleKind.PATTERN:
        raise BadRuleError("a built-in rule cannot be removed; switch it off instead")
    record(by, "redaction_rule.deleted", rule, before=_facts(rule))
    rule.delete()


def try_pattern(pattern: str, text: str) -> list[Finding]:
    """Return where a pattern matches in a text, so that a manager can try it; nothing is stored.

    Raises BadRuleError for a pattern that cannot be used.
    """
    try:
        return Redactor([Rule(RuleKind.PATTERN, "[MATCH]", pattern)]).findings(text)
    except ValueError as error:
        raise BadRuleError(str(error)) from None


def _locked(company_id: int) -> list[RedactionRule]:
    """Return the company's rules in their order, locked, so that two managers change the list one after the other."""
    return list(RedactionRule.objects.select_for_update().filter(company_id=company_id).order_by("position"))


def _of(rules: Sequence[RedactionRule], rule_id: int) -> RedactionRule:
    for rule in rules:
        if rule.pk == rule_id:
            return rule
    raise NoSuchRuleError(str(rule_id))


def _facts(rule: RedactionRule) -> dict[str, object]:
    return {name: getattr(rule, name) for name in ("name", "kind", "pattern", "mask", "in_sandbox", "in_production")}


def _audiences(rule: RedactionRule) -> list[str]:
    """Return the names of the audiences for which the rule masks."""
    return [name.value for name in Audience if name != Audience.LEARNING and getattr(rule, name.value)]


def _check(
    rules: Sequence[RedactionRule], rule: RedactionRule | None, name: str, pattern: str | None, mask: str
) -> None:
    name, mask = name.strip(), mask.strip()
    for value, label, max_length in ((name, "name", MAX_NAME_LENGTH), (mask, "mask", MAX_MASK_LENGTH)):
        if not 0 < len(value) <= max_length:
            raise BadRuleError(f"a {label} has 1 to {max_length} characters")
    if any(other.name.casefold() == name.casefold() and other != rule for other in rules):
        raise BadRuleError(f"there is already a rule called {name}")
    if pattern is not None:
        try_pattern(pattern, "")
        if try_pattern(pattern, mask):
            raise BadRuleError("the pattern matches its own mask")


def _number(company_id: int, rules: Sequence[RedactionRule]) -> None:
    """Number the rules in this order.

    All rules first move to unused higher numbers, because two rules may not have the same number at any time.
    """
    offset = max(rule.position for rule in rules) + len(rules) + 1
    RedactionRule.objects.filter(company_id=company_id).update(position=F("position") + offset)
    for position, rule in enumerate(rules):
        rule.position = position
        rule.save(update_fields=["position"])
