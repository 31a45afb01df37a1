"""Masking: replace what must not be stored in a text by a mask that names its kind."""

from safety.engine.masking.redactor import DEFAULT_RULES, Finding, Redactor, Rule

__all__ = ["DEFAULT_RULES", "Finding", "Redactor", "Rule"]
