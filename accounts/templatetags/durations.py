"""Lengths of time in words."""

from __future__ import annotations

from datetime import timedelta

from django import template

register = template.Library()


@register.filter
def in_minutes(length: timedelta) -> str:
    """Whole minutes, rounded up: somebody who waits that long has waited enough. "1 minute", "15 minutes"."""
    minutes = max(1, -(-int(length.total_seconds()) // 60))
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
