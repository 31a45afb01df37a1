"""A conversation's transcript, made ready for `_message.html`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format

from composer.desk.display.participants import Participants, with_visitors
from conversations.links import TextPart, parts_of
from conversations.models import Conversation, Message, MessageKind, SenderRole
from conversations.selectors import messages_before
from safety.selectors import Audience, redactor_for

# One page of a transcript. A long conversation is read backwards from its end.
MESSAGES_PER_PAGE = 200
# Messages of one sender that follow each other this closely share one name line.
GROUPED_WITHIN = timedelta(minutes=5)

STAFF_ONLY = {MessageKind.NOTE.value: "Note", MessageKind.WHISPER.value: "Whisper"}


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """One message. `local_date` is the company's; `day` is set on the first message of a day.

    `continues`: same sender, a moment later.

    `staff_only` names what kind of message customers never see, empty for chat.
    """

    id: str
    side: str
    speaker: str
    staff_only: str
    text: str
    sent_at: datetime
    local_date: date
    day: str
    continues: bool

    @property
    def parts(self) -> list[TextPart]:
        """The text with its links apart."""
        return parts_of(self.text)


@dataclass(frozen=True, slots=True)
class Transcript:
    """`earlier` is the number to ask for older messages with, None when the first message is shown.

    `erased_on`: the day on which the messages were erased (docs/privacy.md), "" for none.
    """

    lines: list[TranscriptLine]
    earlier: int | None
    is_latest: bool
    erased_on: str = ""


# What the desk's page clones for the rows that come over its socket.
BLANK = TranscriptLine("", "", "", " ", "", datetime(2000, 1, 1, tzinfo=UTC), date(2000, 1, 1), "", False)


def transcript_of(
    conversation: Conversation,
    participants: Participants,
    *,
    before: int | None = None,
    select: Callable[[Conversation, int | None], QuerySet[Message]] = messages_before,
    now: datetime | None = None,
) -> Transcript:
    """The last MESSAGES_PER_PAGE messages before the one numbered `before`, as `select` orders them."""
    today = timezone.localtime(now).date()
    found = list(select(conversation, before)[: MESSAGES_PER_PAGE + 1])
    shown = found[:MESSAGES_PER_PAGE][::-1]
    participants = with_visitors(
        participants, conversation, [row.sender_external_id for row in shown if row.role == SenderRole.AGENT]
    )
    redactor = redactor_for(conversation.company_id, conversation.environment, Audience.AGENT)
    lines: list[TranscriptLine] = []
    previous: Message | None = None
    for message in shown:
        lines.append(_line(message, redactor.redact(message.text), previous, participants, today))
        previous = message
    return Transcript(
        lines=lines,
        earlier=shown[0].sequence if len(found) > MESSAGES_PER_PAGE else None,
        is_latest=before is None,
        erased_on=day_in_words(timezone.localtime(conversation.erased_at).date(), today)
        if conversation.erased_at
        else "",
    )


def _line(
    message: Message, text: str, previous: Message | None, participants: Participants, today: date
) -> TranscriptLine:
    sent = timezone.localtime(message.sent_at)
    new_day = previous is None or timezone.localtime(previous.sent_at).date() != sent.date()
    return TranscriptLine(
        id=message.pk,
        side=message.role if message.kind == MessageKind.CHAT else "staff",
        speaker=_speaker(message, participants),
        staff_only=STAFF_ONLY.get(message.kind, ""),
        text=text,
        sent_at=message.sent_at,
        local_date=sent.date(),
        day=day_in_words(sent.date(), today) if new_day else "",
        continues=previous is not None and not new_day and _is_grouped(previous, message),
    )


def _speaker(message: Message, participants: Participants) -> str:
    if message.role == SenderRole.CUSTOMER:
        return participants.customer_name
    if message.role == SenderRole.AGENT:
        return participants.agent_name(message.sender_external_id)
    return "System"


def _is_grouped(previous: Message, message: Message) -> bool:
    same_sender = (previous.role, previous.sender_external_id, previous.kind) == (
        message.role,
        message.sender_external_id,
        message.kind,
    )
    return same_sender and abs(message.sent_at - previous.sent_at) < GROUPED_WITHIN


def day_in_words(day: date, today: date) -> str:
    """Today, Yesterday, or the date with its weekday."""
    if day == today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    return date_format(day, "l j F Y")
