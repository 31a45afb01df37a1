"""What a desk shows of the conversations its agent has: one card for each, as the desk's socket carries them."""

from __future__ import annotations

import zlib
from datetime import datetime
from typing import TypedDict

from django.db.models import Exists, OuterRef, QuerySet, prefetch_related_objects

from accounts.models import Agent, User
from assignments.selectors import handovers_to
from composer.desk.display.departures import Departure, departures
from composer.desk.display.labels import channel_label
from composer.desk.display.participants import participants_of
from composer.desk.display.summaries import last_lines, speaker_of, waiting_since
from composer.desk.display.wait_times import TOO_LONG
from composer.desk.selectors import PARTICIPANTS, on_desk, visible_conversations, with_wait_times
from composer.models import Draft, GreetingRun, GreetingState, ReadMark
from conversations.models import Conversation, Participant, Status
from safety.selectors import Audience, redactor_for

# Cards have one of so many colors, always the same for the same conversation.
COLORS = 8


class GreetingCard(TypedDict):
    """A countdown that runs. `previewed_at`, `due_at`: seconds since the epoch."""

    text: str
    previewed_at: float
    due_at: float


class DraftCard(TypedDict):
    text: str
    cursor: int
    revision: int


class HandoverCard(TypedDict):
    """Who passed the conversation on. `queue`: through which, or ""; `note`: for staff, as this agent may see it."""

    by: str
    queue: str
    note: str


class Card(TypedDict):
    """One conversation. Times: seconds since the epoch, None where nobody waits.

    `earlier`: the customer wrote before. `upto`: the number of its newest row. `late_at`: when the customer will
    have waited too long. `read`: up to which number the agent has read it, None: it was never on screen. `left`: how
    it ended, where it only waits for its wrap-up.
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


def cards_of(agent: Agent) -> list[Card]:
    """What stands on the agent's desk (`on_desk`), first come first. A fixed number of queries."""
    reader = agent.user
    if reader is None:
        return []  # an agent of another system has no desk here
    ids = list(on_desk(agent))
    rows = with_wait_times(Conversation.objects.filter(pk__in=ids)).annotate(has_earlier=Exists(_earlier(reader)))
    found = list(rows.select_related("queue").order_by("pk"))
    prefetch_related_objects(found, PARTICIPANTS)
    ended = departures(agent, [row.pk for row in found if row.status == Status.ENDED])
    read = dict(ReadMark.objects.filter(agent=agent, conversation__in=ids).values_list("conversation", "sequence"))
    lines = last_lines(found)
    drafts = {row.conversation_id: row for row in Draft.objects.filter(agent=agent, conversation__in=ids)}
    greetings = {
        row.conversation_id: row
        for row in GreetingRun.objects.filter(
            conversation__in=ids, participant__agent=agent, state=GreetingState.COUNTING
        )
    }
    handovers = _handovers(agent, ids)
    cards = []
    for conversation in found:
        participants = participants_of(conversation, reader)
        here = max(row.joined_at for row in conversation.participants.all() if row.agent_id == agent.pk)
        since = waiting_since(conversation)
        line = lines.get(conversation.pk)
        draft = drafts.get(conversation.pk)
        cards.append(
            Card(
                id=conversation.pk,
                customer=participants.customer_name,
                initials=participants.customer_initials,
                color=zlib.crc32(conversation.pk.encode()) % COLORS,
                channel=channel_label(conversation),
                queue=conversation.queue.label if conversation.queue else "",
                speaker=speaker_of(line, participants),
                preview=line.text if line else "",
                joined_at=here.timestamp(),
                waits_since=_seconds(since),
                late_at=_seconds(since + TOO_LONG) if since else None,
                earlier=conversation.has_earlier,
                upto=conversation.last_sequence,
                read=read.get(conversation.pk),
                people=participants.agent_names,
                draft=DraftCard(text=draft.text, cursor=draft.cursor, revision=draft.revision) if draft else None,
                greeting=_greeting(greetings.get(conversation.pk)),
                handover=handovers.get(conversation.pk),
                left=ended.get(conversation.pk),
            )
        )
    return sorted(cards, key=lambda card: (card["joined_at"], card["id"]))


def _earlier(reader: User) -> QuerySet[Participant]:
    """Where the customer of the outer conversation was before, as far as the reader may see it."""
    return Participant.objects.filter(
        customer__participations__conversation=OuterRef("pk"),
        conversation__started_at__lt=OuterRef("started_at"),
        conversation__in=visible_conversations(reader),
    ).exclude(conversation=OuterRef("pk"))


def _handovers(agent: Agent, conversation_ids: list[str]) -> dict[str, HandoverCard]:
    sees = redactor_for(agent.company_id, agent.environment, Audience.AGENT)
    return {
        id_: HandoverCard(
            by=str(row.agent.user or row.agent),
            queue=row.queue.label if row.queue else "",
            note=sees.redact(row.note),
        )
        for id_, row in handovers_to(agent, conversation_ids).items()
    }


def _greeting(run: GreetingRun | None) -> GreetingCard | None:
    if run is None:
        return None
    return GreetingCard(text=run.text, previewed_at=run.previewed_at.timestamp(), due_at=run.due_at.timestamp())


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None
