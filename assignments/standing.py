"""Where a conversation stands: the one reading of its rows that pages and sockets share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from assignments.selectors import may_resume, queue_position
from conversations.models import Conversation, Participant, ParticipantRole, Status


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
