"""What the desk's controls show: standing, queue, transfer targets and past conversations, ready for templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Min, OuterRef, prefetch_related_objects
from django.utils import timezone

from accounts.models import Agent, User
from assignments.models import Assignment, AssignmentEnd, StatusKind
from assignments.presence import Slots
from assignments.selectors import (
    free_slots,
    opening_status,
    past_conversations,
    status_of,
    statuses_of,
    transfer_targets,
    waiting_entries,
    waiting_in,
)
from composer.desk.display.labels import RESOLUTIONS
from composer.desk.display.participants import participants_of
from composer.desk.display.summaries import ConversationRow, LastLine, last_lines, rows_of, said_last, short_moment
from composer.desk.display.wait_times import duration_in_words, is_too_long
from composer.desk.selectors import PARTICIPANTS, with_wait_times
from conversations.models import Conversation, Participant, ParticipantRole

KINDS = {StatusKind.ACTIVE.value: "Available", StatusKind.AWAY.value: "Away"}
ENDS = {
    AssignmentEnd.ENDED.value: "Ended",
    AssignmentEnd.TIMED_OUT.value: "Timed out",
    AssignmentEnd.TRANSFERRED.value: "Transferred",
    AssignmentEnd.RETURNED.value: "Returned to the queue",
    AssignmentEnd.OUTSIDE.value: "Ended elsewhere",
}
PAST_AT_ONCE = 30
MOST_WAITING = 50


@dataclass(frozen=True, slots=True)
class StatusChoice:
    id: int
    name: str
    kind: str
    kind_label: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class StatusBar:
    """How the agent stands. `longest` is empty when nobody waits; without an open desk `status` is "Offline"."""

    status: str
    kind: str
    kind_label: str
    since: datetime | None
    choices: list[StatusChoice]
    free: int
    total: int
    waiting: int
    longest: str
    is_too_long: bool


def status_bar_for(agent: Agent, *, opens: bool = False) -> StatusBar:
    """Four queries. `opens`: the agent opens a desk at this moment; the status is the one that it brings."""
    now = timezone.now()
    period = status_of(agent)
    status = period.status if period else opening_status(agent) if opens else None
    slots = free_slots(agent)
    queue = waiting_entries(agent).order_by().aggregate(number=Count("pk"), since=Min("waits_since"))
    return StatusBar(
        status=status.name if status else "Offline",
        kind=status.kind if status else "offline",
        kind_label=KINDS.get(status.kind, "") if status else "No desk is open",
        since=period.started_at if period else None,
        choices=[
            StatusChoice(
                id=row.pk,
                name=row.name,
                kind=row.kind,
                kind_label=KINDS[row.kind],
                is_current=status is not None and status.pk == row.pk,
            )
            for row in statuses_of(agent)
        ],
        free=slots.free,
        total=slots.total,
        waiting=queue["number"],
        longest=duration_in_words(queue["since"], now) if queue["since"] else "",
        is_too_long=is_too_long(queue["since"], now),
    )


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """One who waits. `position`: from 1, in its own queue."""

    row: ConversationRow
    position: int


def waiting_rows(agent: Agent, reader: User) -> list[WaitingRow]:
    """Who waits in the agent's queues, who is next first. A fixed number of queries."""
    waiting = waiting_in(agent, limit=MOST_WAITING)
    found = with_wait_times(Conversation.objects.filter(pk__in=[row.conversation.pk for row in waiting]))
    rows = rows_of(list(found.select_related("queue")), reader=reader, now=timezone.now())
    by_id = {row.id: row for row in rows}
    return [WaitingRow(by_id[row.conversation.pk], row.position) for row in waiting if row.conversation.pk in by_id]


def why_no_more(slots: Slots) -> str:
    """Why the agent cannot take another conversation now, or ""."""
    if slots.free > 0:
        return ""
    if slots.total == 0:
        return "You have no slots for conversations."
    return f"All your slots ({slots.total}) are in use. End a conversation or pass one on before you take another."


@dataclass(frozen=True, slots=True)
class Target:
    """`value` is what the form sends; `detail` says how many are there, or how many slots are free."""

    value: str
    name: str
    detail: str


def targets_of(agent: Agent, conversation: Conversation, term: str) -> tuple[list[Target], list[Target]]:
    """Queues and agents to transfer to whose names have the term in them, case ignored. Three queries."""
    queues, agents = transfer_targets(agent, conversation)
    wanted = term.casefold()
    return (
        [
            Target(
                f"queue:{row.queue.pk}",
                row.queue.label,
                f"{row.online} available{' · this conversation’s queue' if row.is_own else ''}",
            )
            for row in queues
            if wanted in row.queue.label.casefold()
        ],
        [
            Target(f"agent:{row.agent.pk}", name, f"{row.free} free {'slot' if row.free == 1 else 'slots'}")
            for row in agents
            if wanted in (name := str(row.agent.user or row.agent)).casefold()
        ],
    )


@dataclass(frozen=True, slots=True)
class PastRow:
    id: str
    customer: str
    queue: str
    when: str
    how: str
    last_line: str

    @property
    def detail(self) -> str:
        """All but the customer in one line."""
        return " · ".join(part for part in (self.when, self.queue, self.how) if part)


def past_page(agent: Agent, reader: User, page: int) -> tuple[list[PastRow], bool]:
    """One page of what the agent had, newest first, and whether there is more. Three queries."""
    first = (page - 1) * PAST_AT_ONCE
    found = list(past_conversations(agent)[first : first + PAST_AT_ONCE + 1])
    shown = found[:PAST_AT_ONCE]
    return _past_rows(shown, reader, last_lines([row.conversation for row in shown])), len(found) > PAST_AT_ONCE


def past_with(agent: Agent, reader: User, term: str, *, limit: int) -> list[PastRow]:
    """What the agent had with customers whose names have the term in them, newest first, without last lines.

    Two queries.
    """
    named = Participant.objects.filter(
        conversation=OuterRef("conversation"), role=ParticipantRole.CUSTOMER, name__icontains=term
    )
    return _past_rows(list(past_conversations(agent).filter(Exists(named))[:limit]), reader, {})


def _past_rows(shown: list[Assignment], reader: User, lines: Mapping[str, LastLine]) -> list[PastRow]:
    now = timezone.now()
    prefetch_related_objects([row.conversation for row in shown], PARTICIPANTS)
    rows = []
    for row in shown:
        conversation = row.conversation
        participants = participants_of(conversation, reader)
        disposition = getattr(row, "disposition", None)
        rows.append(
            PastRow(
                id=conversation.pk,
                customer=participants.customer_name,
                queue=conversation.queue.label if conversation.queue else "",
                when=short_moment(row.ended_at or now, now),
                how=RESOLUTIONS[disposition.resolution] if disposition else ENDS[row.end],
                last_line=said_last(lines.get(conversation.pk), participants),
            )
        )
    return rows
