"""How long a customer has been waiting: in words, and when that is too long."""

from __future__ import annotations

from datetime import datetime, timedelta

# A wait from here on is shown loudly, wherever it is shown.
TOO_LONG = timedelta(minutes=5)


def is_too_long(since: datetime | None, now: datetime) -> bool:
    return since is not None and now - since >= TOO_LONG


def duration_in_words(since: datetime, now: datetime) -> str:
    """The time from `since` to `now`: "under 1 min", "4 min", "1 h 5 min", "3 days".

    A moment in the future (a sender's clock that runs ahead) counts as now.
    """
    minutes = max(0, int((now - since).total_seconds()) // 60)
    if minutes < 1:
        return "under 1 min"
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days = hours // 24
    return "1 day" if days == 1 else f"{days} days"
