"""What can go wrong with rules and word lists; the text is for the manager."""

from __future__ import annotations


class SafetyError(Exception):
    """Base of the errors of this room."""


class BadRuleError(SafetyError):
    """A rule or a term that cannot be used, or whose name is taken."""


class NoSuchRuleError(SafetyError):
    """The company has no such rule."""


class NoSuchTermError(SafetyError):
    """The company has no such term."""
