"""Ids that are shown to the outside: upper-case ULIDs, sortable by time, 26 characters of `[0-9A-Z]`.

Source: contract README section 1, "Emit ULIDs for conversations and messages".
"""

from __future__ import annotations

from datetime import datetime

from ulid import ULID

ULID_LENGTH = 26


def new_ulid() -> str:
    """A fresh id for now."""
    return str(ULID())


def ulid_at(moment: datetime) -> str:
    """A fresh id that sorts at `moment`: imported history keeps its place among ids made later.

    Moments before 1970 have no ULID and get the first one.
    """
    return str(ULID.from_timestamp(max(moment.timestamp(), 0.0)))
