"""What can go wrong with usage data; the API maps each to one documented status."""

from __future__ import annotations


class UsageError(Exception):
    """Base of the errors of this room."""


class UsageConflictError(UsageError):
    """The message was reported before, with other figures: the first report stands."""
