"""Where conversations stand, and with whom: the one reading of their rows that pages and sockets share."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Agent
from assignments.selectors import may_resume, queue_position, wrap_ups
from conversations.models import Conversation, Participant, ParticipantRole, Status
from conversations.selectors import Scope, conversations


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a conversation stands.

    * `status`: the conversation's own.
    * `agent`: the participant who has it now; only a live conversation has one.
    * `queue_id`, `position`: the queue in which it waits, and its position there, from 1.
    * `resolution`: how it ended; "" for one that goes on, or of which nobody said.
    * `may_resume`: it was timed out, and the customer's next message takes it up again.
    """

    status: str
    agent: Participant | None = None
    queue_id: int | None = None
    position: int | None = None
    resolution: str = ""
    ended_at: datetime | None = None
    may_resume: bool = False

    @property
    def waits(self) -> bool:
        """Does the customer wait for an agent, in a queue or before one was chosen?"""
        return self.status != Status.ENDED and self.agent is None


def standing_of(conversation: Conversation, *, agents: Sequence[Participant] | None = None) -> Standing:
    """Return where the conversation stands. `agents`: its agents with their users, where they were read already.

    One query without `agents`; two more while it waits in a queue.
    """
    if conversation.status == Status.ENDED:
        return Standing(
            conversation.status,
            resolution=conversation.resolution,
            ended_at=conversation.ended_at,
            may_resume=may_resume(conversation),
        )
    if conversation.status == Status.WAITING:
        return Standing(conversation.status, queue_id=conversation.queue_id, position=queue_position(conversation))
    if conversation.status != Status.LIVE:
        return Standing(conversation.status)
    if agents is None:
        rows = Participant.objects.filter(conversation=conversation, role=ParticipantRole.AGENT, left_at__isnull=True)
        agents = list(rows.select_related("agent__user"))
    return Standing(conversation.status, agent=next((row for row in agents if row.left_at is None), None))


def held_by(agent: Agent) -> QuerySet[Conversation]:
    """Return the conversations that this agent has now: those in which they may write."""
    here = Participant.objects.filter(conversation_id=OuterRef("pk"), agent=agent, left_at__isnull=True)
    rows = conversations(Scope(agent.company_id, agent.environment))
    return rows.filter(Exists(here), status=Status.LIVE)


def on_desk(agent: Agent) -> dict[str, int]:
    """Return the conversations on the agent's desk with their newest sequences. Two queries.

    These are the conversations of `held_by`, and those that await a wrap-up.
    """
    held = held_by(agent).values_list("pk", "last_sequence")
    return {**dict(held), **dict(wrap_ups(agent).values_list("conversation", "conversation__last_sequence"))}


def holders_of(conversation_ids: Collection[str]) -> dict[str, str]:
    """Return the present agents' ids by conversation. One query."""
    present = Participant.objects.filter(
        conversation__in=conversation_ids, role=ParticipantRole.AGENT, left_at__isnull=True, agent__isnull=False
    )
    return dict(present.order_by().values_list("conversation_id", "agent_id"))


def holds(agent: Agent, conversation: Conversation, holders: Mapping[str, str]) -> bool:
    """Is this conversation one of `held_by`? `holders`: the present agents' ids by conversation."""
    return (
        (conversation.company_id, conversation.environment) == (agent.company_id, agent.environment)
        and conversation.status == Status.LIVE
        and holders.get(conversation.pk) == agent.pk
    )
