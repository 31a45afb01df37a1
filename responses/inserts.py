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

# Conversation metadata that names the customer's zone (seed autocompose__deploying-autocompose-api).
TIME_ZONE_KEY = "CUSTOMER_TIMEZONE"
_NOON, _EVENING = 12, 18


@dataclass(frozen=True, slots=True)
class Known:
    """What a conversation knows: names as they may be said ("" when not), its metadata, the zone to fall back on."""

    customer_name: str
    agent_name: str
    metadata: Mapping[str, str]
    company_zone: str


# A placeholder, a mask, a tag, an address or a link, with or without its scheme: no name, whoever typed it.
_NO_NAME = re.compile(r"[{}<>\[\]@/\\|]|\w\.\w\w")
_LONGEST_SAID = 40


def name_to_say(name: str, profanity: ProfanityEngine) -> str:
    """The customer's name as far as it may be said in our own sentences: all of it, its first word, or "".

    What is not said: a name with a placeholder, a tag or an address in it, without a letter, too long for a greeting,
    or with a word of the block list.
    """
    whole = clean_name(name)
    return next((said for said in (whole, first_name(whole)) if _may_be_said(said, profanity)), "")


def _may_be_said(name: str, profanity: ProfanityEngine) -> bool:
    if not any(map(str.isalpha, name)) or _NO_NAME.search(name) or len(first_name(name)) > _LONGEST_SAID:
        return False
    return not profanity.has_profanity(f"This is {name}, who writes")  # where names stand: Dick is one there


def first_name(name: str) -> str:
    """The first word of a name: "Sarah Jones" is greeted as Sarah."""
    words = name.split()
    return words[0] if words else ""


def time_of_day(zone_name: str, fallback: str, now: datetime) -> tuple[str, float]:
    """morning, afternoon or evening in the zone, and for how many seconds more that holds."""
    try:
        zone = zoneinfo.ZoneInfo(zone_name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        zone = zoneinfo.ZoneInfo(fallback)
    local = now.astimezone(zone)
    part, ends = ("morning", _NOON) if local.hour < _NOON else ("afternoon", _EVENING)
    if local.hour >= _EVENING:
        part, ends = "evening", 24
    end = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(hours=ends)
    return part, max(1.0, (end - local).total_seconds())


def source_value(source: str, known: Known, part_of_day: str, metadata_name: str = "") -> str:
    """The value of one source of the dictionary; "" when it is not known."""
    values = {
        InsertSource.CUSTOMER_FIRST_NAME: first_name(known.customer_name),
        InsertSource.CUSTOMER_NAME: known.customer_name,
        InsertSource.AGENT_FIRST_NAME: first_name(known.agent_name),
        InsertSource.AGENT_NAME: known.agent_name,
        InsertSource.TIME_OF_DAY: part_of_day,
        InsertSource.METADATA: known.metadata.get(metadata_name, ""),
    }
    return values.get(InsertSource(source), "")


def insert_values(company_id: int, known: Known, now: datetime) -> tuple[dict[str, str], float]:
    """The inserts that have a value, and for how many seconds that stays true. One query.

    The company's dictionary decides; a metadata key that it does not name stands for its own value.
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
