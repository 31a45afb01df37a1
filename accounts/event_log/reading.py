"""Readers of the log. Each has a cursor for each company, and gets every event at least once and in order.

A batch is claimed by locking the cursor: on PostgreSQL other processes of the same reader skip it and take another
company, on SQLite one process reads at a time. The lock is on the reader's own row, so that a reader that is slow or
stands still delays no writer and no other reader. What the reader writes to the database in `handle` is committed with
its cursor, or not at all; what it sends elsewhere may be sent again after a crash, and has the event's id as
idempotency key.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.event_log.numbering import number_new_events
from accounts.models import Event, EventCursor, EventLogHead

logger = logging.getLogger(__name__)

BATCH = 500
# The pause after the first failure. It doubles with each further one.
FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=1), timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader of the log. `handle` gets events of one company, in order; what it raises is tried again later.

    `starts`: at the beginning of a company's log, or with the events that come after the reader saw the company first.
    """

    name: str
    handle: Callable[[Sequence[Event]], object]
    starts: Literal["at_the_beginning", "now"] = "at_the_beginning"
    batch: int = BATCH


def read_batch(reader: Reader) -> int:
    """Let the reader handle the next events of one company. Return their number; 0 where there is nothing to do now.

    Raises what `handle` raises, after noting the failure: the company's next batch is then due after a pause.
    """
    number_new_events()
    _add_cursors(reader)
    claimed: list[EventCursor] = []
    try:
        return _handle_batch(reader, claimed)
    except Exception:
        # Also what nobody foresaw must not stop the reader's other companies, nor be tried again without a pause.
        for cursor in claimed:
            _postpone(reader, cursor)
        raise


def read_all(reader: Reader) -> int:
    """Let the reader handle whatever there is now. Return the number of events. Raises what `handle` raises."""
    total = 0
    while handled := read_batch(reader):
        total += handled
    return total


@transaction.atomic
def _handle_batch(reader: Reader, claimed: list[EventCursor]) -> int:
    cursor = _claim(reader)
    if cursor is None:
        return 0
    claimed.append(cursor)
    later = Event.objects.filter(company=cursor.company_id, company_sequence__gt=cursor.company_sequence)
    events = list(later.order_by("company_sequence")[: reader.batch])
    reader.handle(events)
    cursor.company_sequence = events[-1].company_sequence or 0
    cursor.failures, cursor.retry_at, cursor.advanced_at = 0, None, timezone.now()
    cursor.save(update_fields=["company_sequence", "failures", "retry_at", "advanced_at"])
    return len(events)


def _claim(reader: Reader) -> EventCursor | None:
    """Lock the cursor that has waited longest and has something to read."""
    due = Q(retry_at__isnull=True) | Q(retry_at__lte=timezone.now())
    behind = EventCursor.objects.filter(
        due, reader=reader.name, company__event_log_head__company_sequence__gt=F("company_sequence")
    )
    if connection.features.has_select_for_update_skip_locked:
        behind = behind.select_for_update(skip_locked=True, of=("self",))
    return behind.order_by(F("advanced_at").asc(nulls_first=True), "pk").first()


def _add_cursors(reader: Reader) -> None:
    """Add the cursors of companies that the reader has not seen yet."""
    unseen = EventLogHead.objects.exclude(
        pk__in=EventCursor.objects.filter(reader=reader.name).values("company")
    ).values_list("pk", "company_sequence")
    EventCursor.objects.bulk_create(
        [
            EventCursor(
                company_id=company_id, reader=reader.name, company_sequence=head if reader.starts == "now" else 0
            )
            for company_id, head in unseen
        ],
        ignore_conflicts=True,
    )


def _postpone(reader: Reader, cursor: EventCursor) -> None:
    failures = cursor.failures + 1
    pause = min(FIRST_RETRY * 2 ** min(failures - 1, 16), LONGEST_RETRY)
    EventCursor.objects.filter(pk=cursor.pk, company_sequence=cursor.company_sequence).update(
        failures=failures, retry_at=timezone.now() + pause
    )
    about = {
        "reader": reader.name,
        "company": cursor.company_id,
        "after": cursor.company_sequence,
        "failures": failures,
    }
    logger.warning("a reader of the event log failed", extra=about)
