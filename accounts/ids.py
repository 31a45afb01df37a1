"""Ids that other systems see: upper-case ULIDs, sortable by time, 26 characters of `[0-9A-Z]`.

Source: contract README section 1, "Emit ULIDs for conversations and messages".
"""

from __future__ import annotations

from datetime import datetime

from ulid import ULID

ULID_LENGTH = 26


def new_ulid() -> str:
    """Return a new id for the current time."""
    return str(ULID())


def ulid_at(moment: datetime) -> str:
    """Return a new id that sorts at `moment`, so that imported history comes before ids that are created later.

    Moments before 1970 have no ULID and get the first one.
    """
    return str(ULID.from_timestamp(max(moment.timestamp(), 0.0)))
