"""The values that inserts have in one conversation."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from responses.models import Insert, InsertSource
from safety.engine.blocklist import ProfanityEngine
from safety.engine.visible import clean_name

# The metadata key of a conversation that holds the customer's time zone (seed autocompose__deploying-autocompose-api).
TIME_ZONE_KEY = "CUSTOMER_TIMEZONE"
_NOON_HOUR, _EVENING_HOUR = 12, 18


@dataclass(frozen=True, slots=True)
class InsertContext:
    """What the inserts of a conversation are filled from: names, metadata and the company's time zone.

    A name that must not be used in our own sentences is "".
    """

    customer_name: str
    agent_name: str
    metadata: Mapping[str, str]
    company_zone: str


# Found in a placeholder, a mask, a tag, a mail address, or a link with or without its scheme, but not in a name.
_NOT_A_NAME = re.compile(r"[{}<>\[\]@/\\|]|\w\.\w\w")
_MAX_FIRST_NAME_LENGTH = 40


def name_to_say(name: str, profanity: ProfanityEngine) -> str:
    """Return the part of the customer's name that our own sentences may use: all of it, its first word, or "".

    A name is not used if it has no letter, holds a placeholder, a tag, an address or a word of the block list, or is
    too long for a greeting.
    """
    whole = clean_name(name)
    return next((part for part in (whole, first_name(whole)) if _may_be_said(part, profanity)), "")


def _may_be_said(name: str, profanity: ProfanityEngine) -> bool:
    if not any(map(str.isalpha, name)) or _NOT_A_NAME.search(name) or len(first_name(name)) > _MAX_FIRST_NAME_LENGTH:
        return False
    # A sentence in which names stand, because the filter then takes Dick as a name.
    return not profanity.has_profanity(f"This is {name}, who writes")


def first_name(name: str) -> str:
    """Return the first word of a name: "Sarah Jones" is greeted as Sarah."""
    words = name.split()
    return words[0] if words else ""


def time_of_day(zone_name: str, fallback: str, now: datetime) -> tuple[str, float]:
    """Return "morning", "afternoon" or "evening" in the zone, and the number of seconds until that ends.

    `fallback` is used for an unknown zone.
    """
    try:
        zone = zoneinfo.ZoneInfo(zone_name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        zone = zoneinfo.ZoneInfo(fallback)
    local = now.astimezone(zone)
    part, end_hour = ("morning", _NOON_HOUR) if local.hour < _NOON_HOUR else ("afternoon", _EVENING_HOUR)
    if local.hour >= _EVENING_HOUR:
        part, end_hour = "evening", 24
    end = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(hours=end_hour)
    return part, max(1.0, (end - local).total_seconds())


def source_value(source: str, known: InsertContext, part_of_day: str, metadata_name: str = "") -> str:
    """Return the value of one source of the dictionary; "" if it is not known."""
    values = {
        InsertSource.CUSTOMER_FIRST_NAME: first_name(known.customer_name),
        InsertSource.CUSTOMER_NAME: known.customer_name,
        InsertSource.AGENT_FIRST_NAME: first_name(known.agent_name),
        InsertSource.AGENT_NAME: known.agent_name,
        InsertSource.TIME_OF_DAY: part_of_day,
        InsertSource.METADATA: known.metadata.get(metadata_name, ""),
    }
    return values.get(InsertSource(source), "")


def insert_values(company_id: int, known: InsertContext, now: datetime) -> tuple[dict[str, str], float]:
    """Return the inserts that have a value, and the number of seconds for which the values stay right. One query.

    The values come from the company's dictionary, and from the metadata keys that the dictionary does not name.
    """
    part, seconds = time_of_day(known.metadata.get(TIME_ZONE_KEY, ""), known.company_zone, now)
    values = {name: value for name, value in known.metadata.items() if value}
    for row in Insert.objects.filter(company_id=company_id):
        value = source_value(row.source, known, part, row.metadata_name)
        if value:
            values[row.name] = value
        else:
            values.pop(row.name, None)
    return values, seconds
