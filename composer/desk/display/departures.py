"""How conversations left an agent: what the desk says about conversations that are gone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Literal, TypedDict

from django.db.models import QuerySet

from accounts.models import ActorKind, Agent, Event, User
from assignments.models import Assignment, Transfer
from composer.desk.display.participants import participants_of
from composer.desk.selectors import PARTICIPANTS
from conversations.models import Conversation, EventType, Participant, ParticipantRole, Status
from conversations.selectors import events_of

ENDS = (EventType.ENDED, EventType.TIMED_OUT)
MOVES = (EventType.AGENT_LEFT, EventType.AGENT_JOINED)


class Departure(TypedDict):
    """How a conversation left an agent.

    `how`: `ended`, `timed_out`, `passed` (transferred), `returned` (requeued automatically), `taken` (another agent has
    it) or `left` (none of these). `by`: `me`, `customer`, `agent` or `system`; `who`: the name of another agent who did
    it, or has it now. `to`: the name of the queue or of the agent. `at`: seconds since the epoch.
    """

    how: Literal["ended", "timed_out", "passed", "returned", "taken", "left"]
    by: Literal["me", "customer", "agent", "system"]
    who: str
    to: str
    at: float


def departures(agent: Agent, conversation_ids: Collection[str]) -> dict[str, Departure]:
    """Return how each conversation left the agent. Conversations that were never the agent's are left out.

    A fixed number of queries, none for no conversations.
    """
    if not conversation_ids:
        return {}
    left = {
        row.conversation_id: row
        for row in Participant.objects.filter(conversation__in=conversation_ids, agent=agent).order_by("joined_at")
    }
    found = Conversation.objects.filter(pk__in=left).select_related("queue").prefetch_related(PARTICIPANTS)
    events = _leaving_events(left)
    transfers = _last_transfers(agent, left)
    people = _people(events.values())
    return {
        row.pk: _departure(agent, row, left[row.pk], events.get(row.pk), transfers.get(row.pk), people) for row in found
    }


def _leaving_events(left: Mapping[str, Participant]) -> dict[str, Event]:
    """Return the event with which the agent left each conversation: the first one since then that ends or moves it."""
    events: dict[str, Event] = {}
    for row in events_of(left).filter(type__in=(*ENDS, *MOVES)).order_by("sequence"):
        conversation_id = row.conversation_id or ""
        left_at = left[conversation_id].left_at
        if left_at is not None and row.occurred_at >= left_at:
            events.setdefault(conversation_id, row)
    return events


def _last_transfers(agent: Agent, conversation_ids: Iterable[str]) -> dict[str, Transfer]:
    """Return each conversation's newest transfer away from this agent."""
    rows: QuerySet[Transfer] = Transfer.objects.filter(
        assignment__in=Assignment.objects.filter(agent=agent, conversation__in=conversation_ids)
    )
    rows = rows.select_related("requested_queue", "requested_agent__user").order_by("requested_at", "pk")
    return {row.conversation_id: row for row in rows}


def _people(events: Iterable[Event]) -> dict[str, User]:
    """Return the users who acted, by the id in the event."""
    ids = {event.actor_id for event in events if event.actor_kind == ActorKind.USER}
    return {str(user.pk): user for user in User.objects.filter(pk__in=ids)}


def _departure(
    agent: Agent,
    conversation: Conversation,
    left: Participant,
    event: Event | None,
    transfer: Transfer | None,
    people: dict[str, User],
) -> Departure:
    by, who = _actor(agent, event, people)
    at = left.left_at or conversation.ended_at or left.joined_at
    if event is not None and event.type in ENDS:
        return _row("timed_out" if event.type == EventType.TIMED_OUT else "ended", by, who, "", at)
    if transfer is not None and transfer.requested_at >= left.joined_at:
        if transfer.is_automatic:
            return _row("returned", "system", "", _name(transfer), at)
        return _row("passed", by, who, _name(transfer), at)
    holder = _holder(agent, conversation)
    if holder:
        return _row("taken", "agent", holder, "", at)
    if conversation.status == Status.WAITING:
        return _row("returned", by, who, conversation.queue.label if conversation.queue else "", at)
    return _row("ended" if conversation.status == Status.ENDED else "left", by, who, "", at)


def _row(
    how: Literal["ended", "timed_out", "passed", "returned", "taken", "left"],
    by: Literal["me", "customer", "agent", "system"],
    who: str,
    to: str,
    at: datetime,
) -> Departure:
    return Departure(how=how, by=by, who=who, to=to, at=at.timestamp())


def _actor(
    agent: Agent, event: Event | None, people: dict[str, User]
) -> tuple[Literal["me", "customer", "agent", "system"], str]:
    if event is None or event.actor_kind in {ActorKind.SYSTEM, ActorKind.CREDENTIAL}:
        return "system", ""
    if event.actor_kind == ActorKind.CUSTOMER:
        return "customer", ""
    user = people.get(event.actor_id)
    if user is not None and user.pk == agent.user_id:
        return "me", ""
    return "agent", str(user) if user is not None else ""


def _name(transfer: Transfer) -> str:
    if transfer.requested_queue is not None:
        return transfer.requested_queue.label
    target = transfer.requested_agent
    return target.display_name if target is not None else ""


def _holder(agent: Agent, conversation: Conversation) -> str:
    """Return the name of another agent who has the conversation now, or ""."""
    here = [
        row
        for row in conversation.participants.all()
        if row.role == ParticipantRole.AGENT and row.left_at is None and row.agent_id != agent.pk
    ]
    if not here or agent.user is None:
        return ""
    return participants_of(conversation, agent.user).agent
