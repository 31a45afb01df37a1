"""Keeps what a desk tells about the making of a message, and hands it over to a worker."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from composer.models import UsageReport
from composer.usage.reports import Report
from composer.usage.tasks import record_usage
from conversations.models import Message

logger = logging.getLogger(__name__)


def store_reports(reports: Sequence[tuple[Message, Report]]) -> None:
    """Keep the reports beside their messages, in the transaction that stores these; a worker is asked when it commits.

    A message keeps its first report. Their texts are redacted.
    """
    now = timezone.now()
    UsageReport.objects.bulk_create(
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
    """Ask a worker to record the stored reports of these messages; call it after their transaction.

    Nothing is lost where the broker is away: the regular look for overdue reports finds them.
    """
    try:
        record_usage.apply_async((list(message_ids),), retry=False)
    except OperationalError as error:
        logger.warning(
            "reports wait for the next look", extra={"reports": len(message_ids), "reason": type(error).__name__}
        )
