"""Turns a desk's report about a message into the documented events. A worker does so some time after the send."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from composer.errors import UsageConflictError
from composer.models import OfferedReply, OfferSet, UsageReport
from composer.usage.events import SentFigures, record_composer_event, record_message_sent
from composer.usage.reports import Report
from conversations.models import Conversation, Message
from safety.services import redactor_for

logger = logging.getLogger(__name__)

# The task of a report that waits longer than this is lost.
OVERDUE = timedelta(seconds=30)
MAX_AT_ONCE = 500


def overdue_reports() -> list[str]:
    """Return the ids of messages whose reports are overdue, oldest first."""
    rows = UsageReport.objects.filter(recorded_at__isnull=True, stored_at__lt=timezone.now() - OVERDUE)
    return list(rows.order_by("stored_at").values_list("pk", flat=True)[:MAX_AT_ONCE])


@transaction.atomic
def record_report(message_id: str) -> bool:
    """Record the report of a message, once. Return False when that was done before, or there is no report.

    The row's lock makes a doubled delivery wait, and `recorded_at` changes with the records or not at all: a worker
    killed in between leaves the report as it was. The conversation is locked first, as an erasure does.
    """
    about = Conversation.objects.select_for_update().filter(pk=_conversation_of(message_id), erased_at__isnull=True)
    if about.first() is None:
        return False
    row = (
        UsageReport.objects.select_for_update(of=("self",))
        .select_related("message__conversation")
        .filter(pk=message_id, recorded_at__isnull=True)
        .first()
    )
    if row is None:
        return False
    report = Report.model_validate(row.payload)
    conversation = row.message.conversation
    try:
        record_message_sent(
            conversation=conversation,
            message_id=row.message_id,
            augmentations=report.augmentations,
            figures=SentFigures(**report.figures.model_dump()),
        )
    except UsageConflictError:
        # The API reported this message too, with other figures: the first report stays.
        logger.warning("a message was reported twice", extra={"message_id": row.message_id})
    for event in report.events:
        record_composer_event(
            conversation=conversation,
            type_=event.type,
            suggestions_id=event.suggestions_id,
            correction_id=event.correction_id,
            query=event.query,
            text=event.text,
        )
    _record_offers(conversation, row.message, report)
    row.recorded_at = timezone.now()
    row.payload = {}
    row.save(update_fields=["recorded_at", "payload"])
    return True


def _conversation_of(message_id: str) -> str | None:
    return Message.objects.filter(pk=message_id).values_list("conversation_id", flat=True).first()


def _record_offers(conversation: Conversation, message: Message, report: Report) -> None:
    redactor = redactor_for(conversation.company_id, conversation.environment)
    OfferSet.objects.bulk_create(
        OfferSet(
            id=offered.id,
            message=message,
            typed=redactor.redact(offered.typed),
            shown_at=datetime.fromtimestamp(offered.shown_at, UTC),
        )
        for offered in report.offered
    )
    OfferedReply.objects.bulk_create(
        OfferedReply(
            message=message,
            offer_set_id=offered.id,
            position=position,
            source=reply.source,
            response_key=reply.key,
            text=redactor.redact(reply.text),
            score=reply.score,
        )
        for offered in report.offered
        for position, reply in enumerate(offered.replies, start=1)
    )
