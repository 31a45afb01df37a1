"""The cards of a desk: one for each conversation of its agent, as the desk's socket carries them."""

from __future__ import annotations

import zlib
from datetime import datetime
from typing import TypedDict

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import Agent, User
from assignments.selectors import handovers_to
from assignments.standing import on_desk
from composer.desk.display.departures import Departure, departures
from composer.desk.display.summaries import summaries_of
from composer.desk.display.wait_times import TOO_LONG
from composer.desk.selectors import visible_conversations, with_wait_times
from composer.models import Draft, GreetingRun, GreetingState, ReadMark
from conversations.models import Conversation, Participant, Status
from safety.selectors import Audience, redactor_for

# Number of card colors; a conversation always has the same one.
COLORS = 8


class GreetingCard(TypedDict):
    """A running countdown. `previewed_at`, `due_at`: seconds since the epoch."""

    text: str
    previewed_at: float
    due_at: float


class DraftCard(TypedDict):
    text: str
    cursor: int
    revision: int


class HandoverCard(TypedDict):
    """Who transferred the conversation. `queue`: the queue it went through, or ""; `note`: for staff, masked."""

    by: str
    queue: str
    note: str


class Card(TypedDict):
    """One conversation on the desk. Times in seconds since the epoch, None where nobody waits.

    `earlier`: the customer had earlier conversations. `upto`: the newest sequence. `late_at`: when the customer will
    have waited too long. `read`: the sequence up to which the agent has read it, None if it was never on screen.
    `left`: how it ended, where it awaits its wrap-up.
    """

    id: str
    customer: str
    initials: str
    color: int
    channel: str
    queue: str
    speaker: str
    preview: str
    joined_at: float
    waits_since: float | None
    late_at: float | None
    earlier: bool
    upto: int
    read: int | None
    people: dict[str, str]
    draft: DraftCard | None
    greeting: GreetingCard | None
    handover: HandoverCard | None
    left: Departure | None


def cards_for(agent: Agent) -> list[Card]:
    """Return a card for each conversation on the agent's desk (`on_desk`), in the order in which they came.

    A fixed number of queries.
    """
    reader = agent.user
    if reader is None:
        return []  # an agent of another system has no desk here
    ids = list(on_desk(agent))
    rows = with_wait_times(Conversation.objects.filter(pk__in=ids)).annotate(has_earlier=Exists(_earlier(reader)))
    conversations = list(rows.select_related("queue").order_by("pk"))
    summaries = summaries_of(conversations, reader=reader, now=timezone.now())
    ended = departures(agent, [row.pk for row in conversations if row.status == Status.ENDED])
    read = dict(ReadMark.objects.filter(agent=agent, conversation__in=ids).values_list("conversation", "sequence"))
    drafts, greetings, handovers = _drafts(agent, ids), _greetings(agent, ids), _handovers(agent, ids)
    cards = [
        Card(
            id=summary.id,
            customer=summary.customer,
            initials=summary.initials,
            color=zlib.crc32(summary.id.encode()) % COLORS,
            channel=summary.channel,
            queue=summary.queue,
            speaker=summary.speaker,
            preview=summary.preview,
            joined_at=_joined_at(agent, conversation).timestamp(),
            waits_since=_seconds(summary.waits_since),
            late_at=_seconds(summary.waits_since + TOO_LONG) if summary.waits_since else None,
            earlier=conversation.has_earlier,
            upto=conversation.last_sequence,
            read=read.get(summary.id),
            people=summary.participants.agent_names,
            draft=drafts.get(summary.id),
            greeting=greetings.get(summary.id),
            handover=handovers.get(summary.id),
            left=ended.get(summary.id),
        )
        for conversation, summary in zip(conversations, summaries, strict=True)
    ]
    return sorted(cards, key=lambda card: (card["joined_at"], card["id"]))


def _joined_at(agent: Agent, conversation: Conversation) -> datetime:
    return max(row.joined_at for row in conversation.participants.all() if row.agent_id == agent.pk)


def _drafts(agent: Agent, conversation_ids: list[str]) -> dict[str, DraftCard]:
    return {
        row.conversation_id: DraftCard(text=row.text, cursor=row.cursor, revision=row.revision)
        for row in Draft.objects.filter(agent=agent, conversation__in=conversation_ids)
    }


def _greetings(agent: Agent, conversation_ids: list[str]) -> dict[str, GreetingCard]:
    runs = GreetingRun.objects.filter(
        conversation__in=conversation_ids, participant__agent=agent, state=GreetingState.COUNTING
    )
    return {
        row.conversation_id: GreetingCard(
            text=row.text, previewed_at=row.previewed_at.timestamp(), due_at=row.due_at.timestamp()
        )
        for row in runs
    }


def _earlier(reader: User) -> QuerySet[Participant]:
    """Earlier participations of the outer conversation's customer, as far as the reader may see them."""
    return Participant.objects.filter(
        customer__participations__conversation=OuterRef("pk"),
        conversation__started_at__lt=OuterRef("started_at"),
        conversation__in=visible_conversations(reader),
    ).exclude(conversation=OuterRef("pk"))


def _handovers(agent: Agent, conversation_ids: list[str]) -> dict[str, HandoverCard]:
    redactor = redactor_for(agent.company_id, agent.environment, Audience.AGENT)
    return {
        id_: HandoverCard(
            by=row.agent.display_name,
            queue=row.queue.label if row.queue else "",
            note=redactor.redact(row.note),
        )
        for id_, row in handovers_to(agent, conversation_ids).items()
    }


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None
