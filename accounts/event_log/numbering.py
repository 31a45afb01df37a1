"""Gives events their company sequence: 1, 2, 3 ... without gaps, in an order that keeps that of each conversation.

A number given in the writer's transaction would make all writers of a company wait for each other, and a number taken
without waiting leaves a gap where a transaction is rolled back, or appears after higher ones where it is slow. So
events are numbered after their commit, by whoever reads the log next and, every few seconds, by a task.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection, transaction

from accounts.models import Event, EventLogHead

BATCH = 1000


class _Row(NamedTuple):
    id: str
    conversation_id: str | None
    sequence: int | None


def number_new_events() -> int:
    """Number all committed events of all companies that have no number yet. Return how many.

    A company whose events another process is numbering is left to it.
    """
    unnumbered = Event.objects.filter(company_sequence__isnull=True)
    total = 0
    for company_id in list(unnumbered.order_by().values_list("company", flat=True).distinct()):
        EventLogHead.objects.get_or_create(company_id=company_id)
        while numbered := _number_batch(company_id):
            total += numbered
            if numbered < BATCH:
                break
    return total


@transaction.atomic
def _number_batch(company_id: int) -> int:
    locked = EventLogHead.objects.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
    head = locked.filter(pk=company_id).first()
    if head is None:
        return 0
    rows = _in_order(_unnumbered(company_id))
    if rows:
        _write_numbers([row.id for row in rows], head.company_sequence + 1)
        head.company_sequence += len(rows)
        head.save(update_fields=["company_sequence"])
    return len(rows)


def _unnumbered(company_id: int) -> list[_Row]:
    """Return the oldest events without a number, whole conversations only: no event may follow in a later batch."""
    waiting = Event.objects.filter(company=company_id, company_sequence__isnull=True)
    columns = ("id", "conversation_id", "sequence")
    rows = [_Row(*row) for row in waiting.order_by("id").values_list(*columns)[:BATCH]]
    if len(rows) == BATCH:
        known = {row.id for row in rows}
        same = waiting.filter(conversation_id__in={row.conversation_id for row in rows if row.conversation_id})
        rows += [row for row in map(_Row._make, same.values_list(*columns)) if row.id not in known]
    return rows


def _in_order(rows: Sequence[_Row]) -> list[_Row]:
    """Order events by the time in their ids, but those of a conversation by its sequence.

    Ids of different processes, or of one millisecond, may contradict the sequence; then the later event counts as made
    at the time of the earlier one.
    """
    times: dict[str, str] = {}
    latest: dict[str, str] = {}
    for row in sorted(rows, key=lambda row: row.sequence or 0):
        times[row.id] = row.id
        if row.conversation_id:
            times[row.id] = latest[row.conversation_id] = max(latest.get(row.conversation_id, ""), row.id)
    return sorted(rows, key=lambda row: (times[row.id], row.conversation_id or "", row.sequence or 0))


def _write_numbers(ids: Sequence[str], first: int) -> None:
    """Number these events from `first` on. One statement on PostgreSQL, whose trips to the server cost most."""
    numbers = range(first, first + len(ids))
    table = connection.ops.quote_name(Event._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"UPDATE {table} AS event SET company_sequence = given.number"  # noqa: S608
                " FROM unnest(%s::text[], %s::bigint[]) AS given (id, number)"
                " WHERE event.id = given.id AND event.id BETWEEN %s AND %s",
                [list(ids), list(numbers), min(ids), max(ids)],
            )
        else:
            cursor.executemany(
                f"UPDATE {table} SET company_sequence = %s WHERE id = %s",  # noqa: S608
                list(zip(numbers, ids, strict=True)),
            )
