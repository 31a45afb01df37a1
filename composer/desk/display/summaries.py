"""The one read model of conversations: what lists, cards and panels show of each."""

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
from composer.desk.display.wait_times import duration_in_words, is_too_long
from composer.desk.selectors import PARTICIPANTS
from conversations.models import Conversation, Message, MessageKind, SenderRole, Status
from safety.selectors import Audience, redactor_for

# Characters of a message that a list shows.
PREVIEW_LENGTH = 160
# Characters read beyond it, so that what has to be masked is not cut in two before it is masked.
MAX_SECRET_LENGTH = 80


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """A conversation as one reader sees it at `read_at`. Words are "" and times None where there are none.

    `waits_since`: since when the customer waits for an answer. `speaker`, `preview`: who said the newest chat message,
    and its beginning. Some lists add to it: `opening` is the beginning of the customer's first message, `position` the
    place in the queue from 1, `outcome` and `when` how and when it ended for the reader.
    """

    id: str
    external_id: str
    participants: Participants
    queue: str
    channel: str
    status: str
    status_label: str
    started_at: datetime
    ended_at: datetime | None
    waits_since: datetime | None
    speaker: str
    preview: str
    read_at: datetime
    opening: str = ""
    position: int = 0
    outcome: str = ""
    when: str = ""

    @property
    def customer(self) -> str:
        return self.participants.customer_name

    @property
    def initials(self) -> str:
        return self.participants.customer_initials

    @property
    def customer_id(self) -> str:
        customer = self.participants.customer
        return customer.external_id if customer else ""

    @property
    def agent(self) -> str:
        return self.participants.agent

    @property
    def wait(self) -> str:
        """How long the customer has been waiting, in words."""
        return duration_in_words(self.waits_since, self.read_at) if self.waits_since else ""

    @property
    def is_too_long(self) -> bool:
        """Has the customer been waiting too long?"""
        return is_too_long(self.waits_since, self.read_at)

    @property
    def started(self) -> str:
        return short_moment(self.started_at, self.read_at)

    @property
    def ended(self) -> str:
        return short_moment(self.ended_at, self.read_at) if self.ended_at else ""

    @property
    def last_line(self) -> str:
        """The beginning of the newest chat message with its speaker before it."""
        return f"{self.speaker}: {self.preview}" if self.speaker else self.preview

    @property
    def detail(self) -> str:
        """When, where and how it ended for the reader, in one line."""
        return " · ".join(part for part in (self.when, self.queue, self.outcome) if part)


def summaries_of(
    conversations: Sequence[Conversation], *, reader: User, now: datetime, last_messages: bool = True
) -> list[ConversationSummary]:
    """Return the summaries in the order given.

    One query for people and, with `last_messages`, one for messages. The conversations are those of one company and
    environment, with their queues; they carry their waits where these matter (`composer.desk.selectors`).
    """
    prefetch_related_objects(list(conversations), PARTICIPANTS)
    newest = _last_messages(conversations) if last_messages else {}
    return [
        summary_of(row, participants_of(row, reader), now=now, last_message=newest.get(row.pk)) for row in conversations
    ]


def summary_of(
    conversation: Conversation, participants: Participants, *, now: datetime, last_message: Message | None = None
) -> ConversationSummary:
    """Return the summary of one conversation. No query."""
    return ConversationSummary(
        id=conversation.pk,
        external_id=conversation.external_id,
        participants=participants,
        queue=conversation.queue.label if conversation.queue else "",
        channel=channel_label(conversation),
        status=conversation.status,
        status_label=status_label(conversation),
        started_at=conversation.started_at,
        ended_at=conversation.ended_at,
        waits_since=_waits_since(conversation),
        speaker=_speaker(last_message, participants) if last_message else "",
        preview=last_message.text if last_message else "",
        read_at=now,
    )


def _last_messages(conversations: Sequence[Conversation]) -> dict[str, Message]:
    """Return the newest chat message of each conversation, its text cut and masked for agents."""
    if not conversations:
        return {}
    redactor = redactor_for(conversations[0].company_id, conversations[0].environment, Audience.AGENT)
    newest = (
        Message.objects.filter(conversation=OuterRef("pk"), kind=MessageKind.CHAT)
        .order_by("-sequence")
        .values("pk")[:1]
    )
    ids = Conversation.objects.filter(pk__in=[row.pk for row in conversations]).annotate(newest=Subquery(newest))
    rows = Message.objects.filter(pk__in=ids.values("newest")).annotate(
        start=Left("text", PREVIEW_LENGTH + MAX_SECRET_LENGTH)
    )
    messages: dict[str, Message] = {}
    for row in rows.only("conversation_id", "role", "sender_external_id"):
        row.text = redactor.redact(row.start)[:PREVIEW_LENGTH]
        messages[row.conversation_id] = row
    return messages


def _speaker(message: Message, participants: Participants) -> str:
    """Return who wrote a message; "" for the customer, whose name is shown right above it."""
    if message.role == SenderRole.CUSTOMER:
        return ""
    if message.role == SenderRole.AGENT:
        return participants.agent_name(message.sender_external_id)
    return "System"


def _waits_since(conversation: Conversation) -> datetime | None:
    """Return since when the customer waits, None when they wait for nothing.

    A customer in a queue waits from the moment they entered it, even before their first message. Reads the columns
    that `composer.desk.selectors.with_wait_times` adds.
    """
    if conversation.status not in {Status.WAITING, Status.LIVE}:
        return None
    unanswered: datetime | None = getattr(conversation, "unanswered_since", None)
    if conversation.status == Status.WAITING:
        queued: datetime | None = getattr(conversation, "queued_since", None)
        return queued or unanswered or conversation.started_at
    return unanswered


def short_moment(moment: datetime, now: datetime) -> str:
    """Return the time of day for today, else the date; in the reader's time zone."""
    local = timezone.localtime(moment)
    if local.date() == timezone.localtime(now).date():
        return date_format(local, "H:i")
    return date_format(local, "j M" if local.year == now.year else "j M Y")
