"""Ids that other systems see: upper-case ULIDs, sortable by time, 26 characters of `[0-9A-Z]`.

Source: contract README section 1, "Emit ULIDs for conversations and messages".
"""

from __future__ import annotations

import secrets
import threading
import time
from datetime import datetime

from ulid import ULID

ULID_LENGTH = 26


_RANDOM_BITS, _STEP_BITS = 80, 40
_lock = threading.Lock()
_last = 0


def new_ulid() -> str:
    """Return a new id for the current time, higher than all that this process made before.

    Within a millisecond the random part grows by a random step (https://github.com/ulid/spec, "Monotonicity"): events
    of one process sort in the order in which they were written.
    """
    global _last
    with _lock:
        fresh = (time.time_ns() // 1_000_000 << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
        if fresh >> _RANDOM_BITS > _last >> _RANDOM_BITS:
            _last = fresh
        else:
            _last += 1 + secrets.randbits(_STEP_BITS)
        return str(ULID.from_int(_last))


def ulid_at(moment: datetime) -> str:
    """Return a new id that sorts at `moment`, so that imported history comes before ids that are created later.

    Moments before 1970 have no ULID and get the first one.
    """
    return str(ULID.from_timestamp(max(moment.timestamp(), 0.0)))
