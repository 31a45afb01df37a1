"""Writes of a company's redaction rules. Every change is felt by the next text that is redacted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import F

from accounts.actors import Actor, record
from safety.engine.masking import DEFAULT_RULES, Finding, Redactor, Rule
from safety.errors import BadRuleError, NoSuchRuleError
from safety.models import MAX_MASK_LENGTH, MAX_NAME_LENGTH, RedactionRule, RuleKind

MOST_RULES = 100
# Never shown to anybody again, not even to the customer who typed them.
_AT_ONCE = {RuleKind.PAYMENT_CARD, RuleKind.US_SSN, RuleKind.CARD_CODE}


@dataclass(frozen=True, slots=True)
class Policies:
    """Where a rule acts (see `RedactionRule`); None leaves a switch as it is."""

    transcripts: bool | None = None
    agent_immediate: bool | None = None
    customer_immediate: bool | None = None
    customer_delayed: bool | None = None


@transaction.atomic
def add_default_rules(*, company_id: int) -> None:
    """The rules that every company starts with; does nothing for a company that has rules."""
    if RedactionRule.objects.filter(company_id=company_id).exists():
        return
    RedactionRule.objects.bulk_create(
        RedactionRule(
            company_id=company_id,
            position=position,
            name=rule.name,
            kind=rule.kind,
            mask=rule.mask,
            customer_immediate=rule.kind in _AT_ONCE,
            customer_delayed=rule.kind not in _AT_ONCE,
        )
        for position, rule in enumerate(DEFAULT_RULES)
    )


@transaction.atomic
def add_pattern_rule(*, by: Actor, name: str, pattern: str, mask: str) -> RedactionRule:
    """Add a company's own rule at the end of its list, in the sandbox only: production is the next step.

    Raises BadRuleError for a name that is taken or empty, a pattern or mask that cannot be used, or a full list.
    """
    rules = _locked(by.company_id)
    if len(rules) >= MOST_RULES:
        raise BadRuleError(f"a company has at most {MOST_RULES} rules")
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
    record(by, "redaction_rule.created", rule, detail=rule.name)
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
    """Change a rule; a built-in one has no pattern. Raises BadRuleError, NoSuchRuleError."""
    rules = _locked(by.company_id)
    rule = _of(rules, rule_id)
    if (rule.kind == RuleKind.PATTERN) != bool(pattern):
        raise BadRuleError("only a rule of your own has a pattern, and it needs one")
    _check(rules, rule, name, pattern or None, mask)
    rule.name, rule.mask, rule.pattern = name.strip(), mask.strip(), pattern
    rule.in_sandbox, rule.in_production = in_sandbox, in_production
    rule.save(update_fields=["name", "mask", "pattern", "in_sandbox", "in_production"])
    where = [name for name, on in (("sandbox", in_sandbox), ("production", in_production)) if on]
    record(by, "redaction_rule.updated", rule, detail=f"{rule.name}: {', '.join(where) or 'nowhere'}")
    return rule


@transaction.atomic
def set_policies(*, by: Actor, rule_id: int, policies: Policies) -> RedactionRule:
    """Switch where a rule acts. Raises NoSuchRuleError."""
    rule = _of(_locked(by.company_id), rule_id)
    wanted = {name: on for name, on in asdict(policies).items() if on is not None}
    for name, on in wanted.items():
        setattr(rule, name, on)
    if wanted:
        rule.save(update_fields=list(wanted))
        said = ", ".join(f"{name} {'on' if on else 'off'}" for name, on in wanted.items())
        record(by, "redaction_rule.policies", rule, detail=f"{rule.name}: {said}")
    return rule


@transaction.atomic
def move_rule(*, by: Actor, rule_id: int, place: int) -> list[RedactionRule]:
    """Put a rule at `place` (from 0, beyond the end is the end) of the list; the list as it is then.

    Raises NoSuchRuleError.
    """
    rules = _locked(by.company_id)
    rule = _of(rules, rule_id)
    rules.remove(rule)
    rules.insert(max(0, min(place, len(rules))), rule)
    _number(by.company_id, rules)
    record(by, "redaction_rule.moved", rule, detail=f"{rule.name}: {rules.index(rule) + 1} of {len(rules)}")
    return rules


@transaction.atomic
def remove_rule(*, by: Actor, rule_id: int) -> None:
    """Delete a rule of the company's own; a built-in one is switched off instead.

    Raises NoSuchRuleError, BadRuleError.
    """
    rule = _of(_locked(by.company_id), rule_id)
    if rule.kind != RuleKind.PATTERN:
        raise BadRuleError("a built-in rule can be switched off, not removed")
    record(by, "redaction_rule.deleted", rule, detail=rule.name)
    rule.delete()


def try_pattern(pattern: str, text: str) -> list[Finding]:
    """Where a pattern matches in a text, for the manager who writes it; nothing is stored.

    Raises BadRuleError for a pattern that cannot be used.
    """
    try:
        return Redactor([Rule(RuleKind.PATTERN, "[MATCH]", pattern)]).findings(text)
    except ValueError as error:
        raise BadRuleError(str(error)) from None


def _locked(company_id: int) -> list[RedactionRule]:
    """The company's rules in their order, locked: two managers change the list one after the other."""
    return list(RedactionRule.objects.select_for_update().filter(company_id=company_id).order_by("position"))


def _of(rules: Sequence[RedactionRule], rule_id: int) -> RedactionRule:
    for rule in rules:
        if rule.pk == rule_id:
            return rule
    raise NoSuchRuleError(str(rule_id))


def _check(
    rules: Sequence[RedactionRule], rule: RedactionRule | None, name: str, pattern: str | None, mask: str
) -> None:
    name, mask = name.strip(), mask.strip()
    for value, label, longest in ((name, "name", MAX_NAME_LENGTH), (mask, "mask", MAX_MASK_LENGTH)):
        if not 0 < len(value) <= longest:
            raise BadRuleError(f"a {label} has 1 to {longest} characters")
    if any(other.name.casefold() == name.casefold() and other != rule for other in rules):
        raise BadRuleError(f"there is a rule called {name} already")
    if pattern is not None:
        try_pattern(pattern, "")
        if try_pattern(pattern, mask):
            raise BadRuleError("the pattern matches its own mask")


def _number(company_id: int, rules: Sequence[RedactionRule]) -> None:
    """Number the rules in this order; by way of higher numbers, for two rules never have the same."""
    top = max(rule.position for rule in rules) + len(rules) + 1
    RedactionRule.objects.filter(company_id=company_id).update(position=F("position") + top)
    for position, rule in enumerate(rules):
        rule.position = position
        rule.save(update_fields=["position"])
