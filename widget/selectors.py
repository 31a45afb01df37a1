"""Reads for visitors: their session, and how their conversation looks from the customer's side."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from accounts.models import Company
from assignments.selectors import may_resume, queue_position
from conversations.events import EventRow
from conversations.models import (
    Conversation,
    EventType,
    MessageKind,
    Participant,
    ParticipantRole,
    SenderRole,
    Status,
)
from safety.engine.masking import Redactor
from safety.selectors import SHOWN_S, Use, redactor_for
from widget.errors import NoVisitorError
from widget.models import Visitor
from widget.moves import Moves, first_name, moves_of

# Besides chat messages, what a customer is told; all else (notes, whispers, metadata, sign-ins) stays with staff.
TOLD: frozenset[str] = frozenset(
    {
        EventType.AGENT_JOINED,
        EventType.AGENT_LEFT,
        EventType.QUEUED,
        EventType.RESUMED,
        EventType.TIMED_OUT,
        EventType.ENDED,
    }
)


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def visitor_of(company_marker: str, token: str | None) -> Visitor:
    """The live session of this token in this company, with its conversation. One query. Raises NoVisitorError."""
    visitor = None
    if token:
        visitor = (
            Visitor.objects.select_related("company", "customer", "conversation")
            .filter(company__marker=company_marker, token_digest=token_digest(token), expires_at__gt=timezone.now())
            .first()
        )
    if visitor is None:
        raise NoVisitorError
    return visitor


def ended_visitors(ids: Collection[int]) -> set[int]:
    """Those of these visitors whose session has expired or was forgotten. One query."""
    live = Visitor.objects.filter(pk__in=ids, expires_at__gt=timezone.now())
    return set(ids) - set(live.values_list("pk", flat=True))


def company_of(marker: str) -> Company:
    """Raises Company.DoesNotExist."""
    return Company.objects.get(marker=marker)


def customer_sees(row: EventRow) -> bool:
    """Chat messages and what TOLD names; a new kind of message or event is hidden until it is named here."""
    if row["message"] is not None:
        return row["message"]["kind"] == MessageKind.CHAT
    return row["type"] in TOLD


_NOTHING_MASKED = Redactor(())


@dataclass(frozen=True, slots=True)
class Side:
    """A conversation from the customer's side.

    `status`: waiting, live, paused (timed out: a word from the customer goes on with it) or ended. `agent`: the present
    one's first name; `place`: in the queue, from 1.
    `names`: first names by the agents' external ids. `moves`: who came, and what is said of who left.
    `sees`, `sees_later`: mask what customers may not see, at once and in texts older than SHOWN_S.
    """

    status: str
    agent: str | None
    place: int | None
    names: Mapping[str, str] = field(default_factory=dict)
    moves: Moves = field(default_factory=Moves)
    redactor: Redactor = _NOTHING_MASKED
    sees_later: Redactor = _NOTHING_MASKED

    def state(self) -> dict[str, Any]:
        return {"status": self.status, "agent": self.agent, "place": self.place}


def side_of(conversation: Conversation) -> Side:
    """How the conversation stands for its customer. Four queries, six while it waits in a queue."""
    people = list(
        Participant.objects.filter(conversation=conversation, role=ParticipantRole.AGENT)
        .select_related("agent__user")
        .order_by("pk")
    )
    names = {row.external_id: first_name(row) for row in people}
    present = next((row for row in people if row.left_at is None), None)
    with_agent = present is not None and conversation.status == Status.LIVE
    return Side(
        status=_status(conversation, with_agent),
        agent=first_name(present) if present is not None and with_agent else None,
        place=queue_position(conversation) if conversation.status == Status.WAITING else None,
        names=names,
        moves=moves_of(conversation, people),
        redactor=redactor_for(conversation.company_id, conversation.environment, Use.CUSTOMER),
        sees_later=redactor_for(conversation.company_id, conversation.environment, Use.CUSTOMER_LATER),
    )


def _status(conversation: Conversation, with_agent: bool) -> str:
    if conversation.status != Status.ENDED:
        return "live" if with_agent else "waiting"
    return "paused" if may_resume(conversation) else "ended"


def customer_row(row: EventRow, side: Side, typed: str | None = None) -> dict[str, Any]:
    """A row as the customer's socket carries it: no ids of staff, and only the customer's own client ids.

    `typed`: the message before it was redacted, where that is still known. For `SHOWN_S` the customer reads their own
    words by the rules that act at once; `later` then says what stands there after how many seconds.
    """
    shown: dict[str, Any] = {"sequence": row["sequence"], "type": row["type"], "at": row["at"]}
    message = row["message"]
    if message is None:
        return shown | side.moves.fields_of(row["type"], row["sequence"])
    own = message["role"] == SenderRole.CUSTOMER
    left = SHOWN_S - (time.time() - message["created_at"])
    later = side.sees_later.redact(message["text"])
    now = side.redactor.redact((own and typed) or message["text"]) if left > 0 else later
    shown["message"] = {
        "id": message["id"],
        "role": message["role"],
        "who": side.names.get(message["sender"], "") if message["role"] == SenderRole.AGENT else "",
        "client_id": message["client_id"] if own else "",
        "text": now,
        "sent_at": message["sent_at"],
    }
    if now != later:
        shown["message"]["later"] = {"text": later, "in": round(left, 1)}
    return shown
