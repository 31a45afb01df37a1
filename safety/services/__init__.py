from safety.selectors import Use, redactor_for
from safety.services.rules import (
    Policies,
    add_default_rules,
    add_pattern_rule,
    change_rule,
    move_rule,
    remove_rule,
    set_policies,
    try_pattern,
)
from safety.services.terms import add_term, remove_term

__all__ = [
    "Policies",
    "Use",
    "add_default_rules",
    "add_pattern_rule",
    "add_term",
    "change_rule",
    "move_rule",
    "redactor_for",
    "remove_rule",
    "remove_term",
    "set_policies",
    "try_pattern",
]
