from safety.selectors import Audience, redactor_for
from safety.services.rules import (
    add_default_rules,
    add_pattern_rule,
    change_rule,
    move_rule,
    remove_rule,
    set_audiences,
    try_pattern,
)
from safety.services.terms import add_term, remove_term

__all__ = [
    "Audience",
    "add_default_rules",
    "add_pattern_rule",
    "add_term",
    "change_rule",
    "move_rule",
    "redactor_for",
    "remove_rule",
    "remove_term",
    "set_audiences",
    "try_pattern",
]
