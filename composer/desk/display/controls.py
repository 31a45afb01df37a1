"""What the desk's controls show: status bar, queue, transfer targets and past conversations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, Exists, Min, OuterRef
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
from composer.desk.display.summaries import ConversationSummary, short_moment, summaries_of
from composer.desk.display.wait_times import duration_in_words, is_too_long
from composer.desk.selectors import with_wait_times
from conversations.models import Conversation, Participant, ParticipantRole

KINDS = {StatusKind.ACTIVE.value: "Available", StatusKind.AWAY.value: "Away"}
ENDS = {
    AssignmentEnd.ENDED.value: "Ended",
    AssignmentEnd.TIMED_OUT.value: "Timed out",
    AssignmentEnd.TRANSFERRED.value: "Transferred",
    AssignmentEnd.RETURNED.value: "Returned to the queue",
    AssignmentEnd.OUTSIDE.value: "Ended elsewhere",
}
PAST_PER_PAGE = 30
MAX_WAITING = 50


@dataclass(frozen=True, slots=True)
class StatusChoice:
    id: int
    name: str
    kind: str
    kind_label: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class StatusBar:
    """The agent's status, slots and queues. `longest` is "" when nobody waits; `status` is "Offline" without a desk."""

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
    """Return the agent's status bar in four queries. `opens`: the agent is opening a desk, which sets their status."""
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


def waiting_rows(agent: Agent, reader: User) -> list[ConversationSummary]:
    """Return who waits in the agent's queues, the next one first, with `position`. A fixed number of queries."""
    waiting = waiting_in(agent, limit=MAX_WAITING)
    found = with_wait_times(Conversation.objects.filter(pk__in=[row.conversation.pk for row in waiting]))
    summaries = summaries_of(list(found.select_related("queue")), reader=reader, now=timezone.now())
    by_id = {summary.id: summary for summary in summaries}
    return [
        replace(by_id[row.conversation.pk], position=row.position) for row in waiting if row.conversation.pk in by_id
    ]


def why_no_more(slots: Slots) -> str:
    """Return why the agent cannot take another conversation now, or ""."""
    if slots.free > 0:
        return ""
    if slots.total == 0:
        return "You have no slots for conversations."
    return f"All your slots ({slots.total}) are in use. End a conversation or pass one on before you take another."


@dataclass(frozen=True, slots=True)
class Target:
    """A transfer target. `value`: what the form sends; `detail`: the number of available agents, or of free slots."""

    value: str
    name: str
    detail: str


def targets_of(agent: Agent, conversation: Conversation, term: str) -> tuple[list[Target], list[Target]]:
    """Return the queues and agents to transfer to whose names contain the term, ignoring case. Three queries."""
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
            if wanted in (name := row.agent.display_name).casefold()
        ],
    )


def past_page(agent: Agent, reader: User, page: int) -> tuple[list[ConversationSummary], bool]:
    """Return one page of the agent's past conversations, newest first, and whether there is more. Three queries."""
    first = (page - 1) * PAST_PER_PAGE
    found = list(past_conversations(agent)[first : first + PAST_PER_PAGE + 1])
    return _past(found[:PAST_PER_PAGE], reader, last_messages=True), len(found) > PAST_PER_PAGE


def past_with(agent: Agent, reader: User, term: str, *, limit: int) -> list[ConversationSummary]:
    """Return the agent's past conversations with customers whose names contain the term, newest first.

    They have no last messages. Two queries.
    """
    named = Participant.objects.filter(
        conversation=OuterRef("conversation"), role=ParticipantRole.CUSTOMER, name__icontains=term
    )
    return _past(list(past_conversations(agent).filter(Exists(named))[:limit]), reader, last_messages=False)


def _past(assignments: list[Assignment], reader: User, *, last_messages: bool) -> list[ConversationSummary]:
    """Return a summary for each assignment, with `outcome` and `when` of that assignment."""
    now = timezone.now()
    conversations = [row.conversation for row in assignments]
    summaries = summaries_of(conversations, reader=reader, now=now, last_messages=last_messages)
    return [
        replace(summary, outcome=_outcome(assignment), when=short_moment(assignment.ended_at or now, now))
        for assignment, summary in zip(assignments, summaries, strict=True)
    ]


def _outcome(assignment: Assignment) -> str:
    disposition = getattr(assignment, "disposition", None)
    return RESOLUTIONS[disposition.resolution] if disposition else ENDS[assignment.end]
