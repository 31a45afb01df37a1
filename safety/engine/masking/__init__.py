"""Masking: take what must not be stored out of a text and say what kind of thing it was."""

from safety.engine.masking.redactor import DEFAULT_RULES, Finding, Redactor, Rule

__all__ = ["DEFAULT_RULES", "Finding", "Redactor", "Rule"]
