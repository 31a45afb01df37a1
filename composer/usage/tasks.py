"""Background work on usage: recording what desks reported."""

from __future__ import annotations

from celery import shared_task

from composer.usage.recording import overdue_reports, record_report


@shared_task
def record_usage(message_ids: list[str]) -> int:
    """Record what desks reported about these messages. Return how many were not recorded before."""
    return sum(record_report(message_id) for message_id in message_ids)


@shared_task
def record_overdue_usage() -> int:
    """Record the reports whose task was lost between the send and the broker. Return their number."""
    return sum(record_report(message_id) for message_id in overdue_reports())
