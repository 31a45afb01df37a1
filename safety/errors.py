"""Errors of redaction rules and word lists. Their texts are for the manager."""

from __future__ import annotations


class SafetyError(Exception):
    """Base class of these errors."""


class BadRuleError(SafetyError):
    """A rule or term cannot be used, or its name is taken."""


class NoSuchRuleError(SafetyError):
    """The company has no such rule."""


class NoSuchTermError(SafetyError):
    """The company has no such term."""
