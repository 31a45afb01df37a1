"""One conversation in a list, made ready for `_conversation_row.html`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Subquery, prefetch_related_objects
from django.db.models.functions import Left
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from composer.desk.display.labels import channel_label, status_label
from composer.desk.display.participants import Participants, participants_of
from composer.desk.display.wait_times import in_words, is_too_long
from composer.desk.selectors import PARTICIPANTS
from conversations.models import Conversation, Message, MessageKind, SenderRole, Status
from safety.selectors import Audience, redactor_for

PREVIEW_LENGTH = 160
# Read so much more, that what has to be masked is not cut in two before it is.
LONGEST_SECRET = 80


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """`wait` is empty when the customer waits for nothing; `ended` is empty until the end."""

    id: str
    customer: str
    initials: str
    speaker: str
    preview: str
    queue: str
    channel: str
    agent: str
    status: str
    status_label: str
    wait: str
    is_too_long: bool
    ended: str


def rows_of(found: Sequence[Conversation], *, reader: User, now: datetime) -> list[ConversationRow]:
    """The rows of a page, in the order given. One more query for people, one for last messages.

    Conversations that are not ended carry their waits, see `composer.desk.display.wait_times`.
    """
    prefetch_related_objects(list(found), PARTICIPANTS)
    last = last_lines(found)
    return [_row(conversation, participants_of(conversation, reader), last, now) for conversation in found]


@dataclass(frozen=True, slots=True)
class LastLine:
    """The newest chat message of a conversation, its start only."""

    role: str
    sender: str
    text: str


def last_lines(found: Sequence[Conversation]) -> dict[str, LastLine]:
    """The start of the newest message of each conversation, as agents may see it; notes between staff do not count.

    The conversations are those of one company and environment.
    """
    if not found:
        return {}
    sees = redactor_for(found[0].company_id, found[0].environment, Audience.AGENT)
    ids = [row.pk for row in found]
    newest = (
        Message.objects.filter(conversation=OuterRef("pk"), kind=MessageKind.CHAT)
        .order_by("-sequence")
        .values("pk")[:1]
    )
    of_page = Conversation.objects.filter(pk__in=ids).annotate(newest=Subquery(newest)).values("newest")
    rows = (
        Message.objects.filter(pk__in=of_page)
        .annotate(start=Left("text", PREVIEW_LENGTH + LONGEST_SECRET))
        .values_list("conversation_id", "role", "sender_external_id", "start")
    )
    return {pk: LastLine(role, sender, sees.redact(text)[:PREVIEW_LENGTH]) for pk, role, sender, text in rows}


def _row(
    conversation: Conversation, participants: Participants, last: dict[str, LastLine], now: datetime
) -> ConversationRow:
    message = last.get(conversation.pk)
    since = waiting_since(conversation)
    return ConversationRow(
        id=conversation.pk,
        customer=participants.customer_name,
        initials=participants.customer_initials,
        speaker=speaker_of(message, participants),
        preview=message.text if message else "No messages yet",
        queue=conversation.queue.label if conversation.queue else "",
        channel=channel_label(conversation),
        agent=participants.agent,
        status=conversation.status,
        status_label=status_label(conversation),
        wait=in_words(since, now) if since else "",
        is_too_long=is_too_long(since, now),
        ended=short_moment(conversation.ended_at, now) if conversation.ended_at else "",
    )


def speaker_of(message: LastLine | None, participants: Participants) -> str:
    """Who said the last line; nothing for the customer, whose name is right above it."""
    if message is None or message.role == SenderRole.CUSTOMER:
        return ""
    if message.role == SenderRole.AGENT:
        return participants.agent_name(message.sender)
    return "System"


def said_last(message: LastLine | None, participants: Participants) -> str:
    """The last line with its speaker before it; "" where nothing was said."""
    if message is None:
        return ""
    speaker = speaker_of(message, participants)
    return f"{speaker}: {message.text}" if speaker else message.text


def waiting_since(conversation: Conversation) -> datetime | None:
    """Since when the customer waits, None when they wait for nothing.

    A customer in a queue waits from the moment they entered it, even before their first message. Reads the columns
    that `composer.desk.display.wait_times` adds.
    """
    if conversation.status not in {Status.WAITING, Status.LIVE}:
        return None
    unanswered: datetime | None = getattr(conversation, "unanswered_since", None)
    if conversation.status == Status.WAITING:
        queued: datetime | None = getattr(conversation, "queued_since", None)
        return queued or unanswered or conversation.started_at
    return unanswered


def short_moment(moment: datetime, now: datetime) -> str:
    """The time of day for today, else the date; in the reader's time zone."""
    local = timezone.localtime(moment)
    if local.date() == timezone.localtime(now).date():
        return date_format(local, "H:i")
    return date_format(local, "j M" if local.year == now.year else "j M Y")
