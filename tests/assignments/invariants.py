"""What is true of conversations after every transition. `check_invariants` says which rule is broken, and where."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise

from accounts.models import Event
from assignments.models import Assignment, QueueEntry, StatusPeriod, Transfer
from assignments.reconcile import reconcile
from assignments.selectors import queue_position
from assignments.standing import standing_of
from conversations.models import Conversation, Message, Participant, Status


def check_invariants() -> None:
    for conversation in Conversation.objects.select_related("queue"):
        _check_who_has_it(conversation)
        _check_where_it_waits(conversation)
        _check_numbers(conversation)
        _check_intervals(conversation)
        _check_standing(conversation)
    _check_positions()
    _check_statuses()
    assert reconcile() == 0


def _check_who_has_it(row: Conversation) -> None:
    holders = list(Participant.objects.filter(conversation=row, role="agent", left_at__isnull=True))
    open_ = list(Assignment.objects.filter(conversation=row, ended_at__isnull=True))
    assert len(holders) == (1 if row.status == Status.LIVE else 0), (row.pk, row.status)
    assert [a.participant_id for a in open_] == [holder.pk for holder in holders], (row.pk, row.status)
    assert [a.agent_id for a in open_] == [holder.agent_id for holder in holders]
    waits = Assignment.objects.filter(conversation=row, awaits_wrap_up=True)
    assert row.status == Status.ENDED or not waits.exists(), row.pk
    assert not waits.filter(disposition__isnull=False).exists()


def _check_where_it_waits(row: Conversation) -> None:
    entries = list(QueueEntry.objects.filter(conversation=row, left_at__isnull=True))
    assert [entry.queue_id for entry in entries] == ([row.queue_id] if row.status == Status.WAITING else []), row.pk
    transfers = Transfer.objects.filter(conversation=row, ended_at__isnull=True)
    assert row.status == Status.WAITING or not transfers.exists(), row.pk


def _check_numbers(row: Conversation) -> None:
    events = set(Event.objects.filter(conversation_id=row.pk).values_list("sequence", flat=True))
    messages = set(Message.objects.filter(conversation=row).values_list("sequence", flat=True))
    assert events | messages == set(range(1, row.last_sequence + 1)), row.pk


def _check_intervals(row: Conversation) -> None:
    people = Participant.objects.filter(conversation=row, role="agent").order_by("joined_at", "pk")
    _check_disjoint(people.values_list("joined_at", "left_at"))
    assignments = Assignment.objects.filter(conversation=row).order_by("assigned_at", "pk")
    _check_disjoint(assignments.values_list("assigned_at", "ended_at"))
    entries = QueueEntry.objects.filter(conversation=row).order_by("entered_at", "pk")
    _check_disjoint(entries.values_list("entered_at", "left_at"))


def _check_disjoint(intervals: Iterable[tuple[datetime, datetime | None]]) -> None:
    intervals = list(intervals)
    assert all(end is None or start <= end for start, end in intervals), intervals
    assert all(end is not None and end <= later for (_, end), (later, _) in pairwise(intervals)), intervals


def _check_standing(row: Conversation) -> None:
    standing = standing_of(row)
    assert (standing.agent is not None) == (row.status == Status.LIVE)
    assert (standing.position is not None) == (row.status == Status.WAITING)
    assert standing.may_resume <= (row.status == Status.ENDED)


def _check_positions() -> None:
    places: dict[tuple[int | None, str], list[int | None]] = {}
    for row in Conversation.objects.filter(status=Status.WAITING):
        places.setdefault((row.queue_id, row.environment), []).append(queue_position(row))
    assert all(sorted(found, key=str) == sorted(range(1, len(found) + 1), key=str) for found in places.values())


def _check_statuses() -> None:
    for agent_id in set(StatusPeriod.objects.values_list("agent_id", flat=True)):
        periods = StatusPeriod.objects.filter(agent=agent_id).order_by("started_at", "pk")
        _check_disjoint(periods.values_list("started_at", "ended_at"))
