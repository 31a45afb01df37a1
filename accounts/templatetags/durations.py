"""Durations in words."""

from __future__ import annotations

from datetime import timedelta

from django import template

register = template.Library()


def in_words(length: timedelta) -> str:
    """Return the duration in seconds up to a minute, else in minutes: "1 second", "40 seconds", "2 minutes"."""
    seconds = max(1, int(length.total_seconds()))
    if seconds > 60:
        return in_minutes(length)
    return "1 second" if seconds == 1 else f"{seconds} seconds"


@register.filter
def in_minutes(length: timedelta) -> str:
    """Return the duration in whole minutes, rounded up, so that the wait is over then: "1 minute", "15 minutes"."""
    minutes = max(1, -(-int(length.total_seconds()) // 60))
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
