"""Keeps what a desk tells about the making of a message, and hands it over to a worker."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.utils import timezone
from kombu.exceptions import OperationalError

from composer.models import UsageReport
from composer.reports import Report
from composer.tasks import record_usage
from conversations.models import Message
from safety.services import redactor_for

logger = logging.getLogger(__name__)


def store_report(*, message: Message, report: Report) -> UsageReport:
    """Keep the report beside its message; call it in the transaction that stores the message.

    The same message sent again keeps the first report. Texts are redacted before they are stored here.
    """
    redactor = redactor_for(message.company_id, message.conversation.environment)
    report = report.redacted(redactor.redact)
    row, _ = UsageReport.objects.get_or_create(
        message=message, defaults={"payload": report.model_dump(mode="json"), "stored_at": timezone.now()}
    )
    return row


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
