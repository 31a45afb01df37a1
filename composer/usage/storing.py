"""Stores what a desk reports about a message, and hands it over to a worker."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from composer.models import UsageReport
from composer.usage.reports import Report
from composer.usage.tasks import record_usage
from conversations.inserting import insert_all
from conversations.models import Message

logger = logging.getLogger(__name__)


def store_reports(reports: Sequence[tuple[Message, Report]]) -> None:
    """Store the reports in the transaction of their messages. When it commits, a worker is asked to record them.

    A message keeps its first report. The texts in the reports are redacted.
    """
    now = timezone.now()
    insert_all(
        [
            UsageReport(
                message=row,
                payload=report.model_dump(mode="json"),
                stored_at=now,
            )
            for row, report in reports
        ],
        ignore_conflicts=True,
    )
    ids = [row.pk for row, _ in reports]
    if ids:
        transaction.on_commit(lambda: hand_over(ids))


def hand_over(message_ids: Sequence[str]) -> None:
    """Ask a worker to record the stored reports of these messages. Call it after their transaction.

    Nothing is lost while the broker is away: the regular task finds overdue reports.
    """
    try:
        record_usage.apply_async((list(message_ids),), retry=False)
    except OperationalError as error:
        logger.warning(
            "reports wait for the next look", extra={"reports": len(message_ids), "reason": type(error).__name__}
        )
