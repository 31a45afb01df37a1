"""Timestamps as the API writes and reads them: RFC 3339, stored and shown in UTC to the microsecond.

Accepted: 0 to 12 digits of a second's fraction (those past the sixth are dropped), `Z` or a numeric offset;
no zone means UTC. Source: contract README section 1, "Timestamps".
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

FORMATS = "yyyy-MM-dd'T'HH:mm:ss'Z', yyyy-MM-dd'T'HH:mm:ss.[0-9]{1,12}Z, or the same with +HH:MM or -HH:MM"

# No conversation took place outside these years, and near the ends of the calendar a moment cannot be shown in every
# time zone: pages that show it would fail.
FIRST_YEAR, LAST_YEAR = 1900, 2200

_SHAPE = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})[Tt](?P<time>\d{2}:\d{2}:\d{2})"
    r"(?:\.(?P<fraction>\d{1,12}))?(?:(?P<utc>[Zz])|(?P<sign>[+-])(?P<hours>\d{2}):(?P<minutes>\d{2}))?",
    re.ASCII,
)


def parse(text: str) -> datetime:
    """Return the moment in UTC. Raises ValueError for anything that is not such a timestamp."""
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise ValueError("not an RFC 3339 date and time")
    clock = match["time"]
    # A leap second exists in RFC 3339 but not in Python: the moment before it is taken.
    leap = clock.endswith(":60")
    moment = datetime.fromisoformat(f"{match['date']}T{clock[:-2]}{'59' if leap else clock[-2:]}")
    moment = moment.replace(microsecond=999_999 if leap else int((match["fraction"] or "0").ljust(6, "0")[:6]))
    zone: timezone = UTC
    if match["sign"]:
        hours, minutes = int(match["hours"]), int(match["minutes"])
        if hours > 23 or minutes > 59:
            raise ValueError("not an offset from UTC")
        offset = timedelta(hours=hours, minutes=minutes)
        zone = timezone(offset if match["sign"] == "+" else -offset)
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"outside the years {FIRST_YEAR} to {LAST_YEAR}")
    return moment.replace(tzinfo=zone).astimezone(UTC)


def render(moment: datetime) -> str:
    """Return the moment as `2021-11-23T12:13:14.550000Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")
