"""The figures of queues: how many customers wait, are served, and ended today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import Queue
from composer.desk.display.wait_times import duration_in_words, is_too_long
from composer.desk.selectors import with_wait_times
from conversations.models import Conversation, Status
from conversations.selectors import Scope, conversations


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """One queue at one moment. `longest_wait` is "" when nobody waits."""

    queue_id: int
    name: str
    waiting: int
    longest_wait: str
    is_too_long: bool
    live: int
    ended_today: int


def figures_of(queues: Sequence[Queue], *, scope: Scope, now: datetime) -> list[QueueFigures]:
    """Return the figures of queues in at most two queries. "Today" starts at midnight in the time zone of `now`."""
    if not queues:
        return []
    rows = conversations(scope).filter(queue__in=[queue.pk for queue in queues]).order_by()
    open_now = _open_now(rows)
    ended = _ended_since(rows, now.replace(hour=0, minute=0, second=0, microsecond=0))
    figures = []
    for queue in queues:
        waiting, longest = open_now.get((queue.pk, Status.WAITING), (0, None))
        live, _ = open_now.get((queue.pk, Status.LIVE), (0, None))
        figures.append(
            QueueFigures(
                queue_id=queue.pk,
                name=queue.label,
                waiting=waiting,
                longest_wait=duration_in_words(longest, now) if longest else "",
                is_too_long=is_too_long(longest, now),
                live=live,
                ended_today=ended.get(queue.pk, 0),
            )
        )
    return figures


def _open_now(rows: QuerySet[Conversation]) -> dict[tuple[int, str], tuple[int, datetime | None]]:
    """Return the number of conversations and the longest wait's start, by queue and status."""
    grouped = (
        with_wait_times(rows.filter(status__in=[Status.WAITING, Status.LIVE]))
        .annotate(waits_since=Coalesce("queued_since", "unanswered_since", "started_at"))
        .values("queue_id", "status")
        .annotate(number=Count("pk"), longest=Min("waits_since"))
    )
    return {(row["queue_id"], row["status"]): (row["number"], row["longest"]) for row in grouped}


def _ended_since(rows: QuerySet[Conversation], moment: datetime) -> dict[int, int]:
    grouped = rows.filter(status=Status.ENDED, ended_at__gte=moment).values("queue_id")
    return {row["queue_id"]: row["number"] for row in grouped.annotate(number=Count("pk"))}
