"""Reads for visitors: their session, and their conversation as the customer sees it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from accounts.models import Company
from assignments.standing import Standing, standing_of
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
from safety.selectors import CUSTOMER_DELAY_S, Audience, redactor_for
from widget.errors import NoVisitorError
from widget.event_words import event_words
from widget.models import Visitor
from widget.moves import Moves, moves_of

# The events a customer sees beside chat messages. Everything else (notes, whispers, metadata, sign-ins) is for staff.
CUSTOMER_EVENTS: frozenset[str] = frozenset(
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


def visitor_of(company_slug: str, token: str | None) -> Visitor:
    """Return the live session of this token in this company, with its conversation. One query.

    Raises NoVisitorError when there is none.
    """
    visitor = None
    if token:
        visitor = (
            Visitor.objects.select_related("company", "customer", "conversation")
            .filter(company__slug=company_slug, token_digest=token_digest(token), expires_at__gt=timezone.now())
            .first()
        )
    if visitor is None:
        raise NoVisitorError
    return visitor


def ended_visitors(ids: Collection[int]) -> set[int]:
    """Return the ids of those visitors whose session has expired or was forgotten. One query."""
    live = Visitor.objects.filter(pk__in=ids, expires_at__gt=timezone.now())
    return set(ids) - set(live.values_list("pk", flat=True))


def company_of(slug: str) -> Company:
    """Return the company. Raises Company.DoesNotExist."""
    return Company.objects.get(slug=slug)


def customer_sees(row: EventRow) -> bool:
    """Return True for chat messages and CUSTOMER_EVENTS. A new kind of message or event is hidden by default."""
    if row["message"] is not None:
        return row["message"]["kind"] == MessageKind.CHAT
    return row["type"] in CUSTOMER_EVENTS


_NO_RULES = Redactor(())


@dataclass(frozen=True, slots=True)
class CustomerView:
    """A conversation as its customer sees it.

    * `status`: "waiting", "live", "paused" (timed out; the customer's next message resumes it) or "ended".
    * `agent`: first name of the present agent.
    * `queue_position`: position in the queue, counted from 1.
    * `agent_names`: first names by the agents' external ids.
    * `moves`: the agents who joined and left.
    * `redactor`, `delayed_redactor`: mask what customers may not see, in texts younger and older than CUSTOMER_DELAY_S.
    """

    status: str
    agent: str | None
    queue_position: int | None
    agent_names: Mapping[str, str] = field(default_factory=dict)
    moves: Moves = field(default_factory=Moves)
    redactor: Redactor = _NO_RULES
    delayed_redactor: Redactor = _NO_RULES

    def state(self) -> dict[str, Any]:
        """Return the fields that the frames `welcome` and `state` carry."""
        return {"status": self.status, "agent": self.agent, "place": self.queue_position}


def customer_view_of(conversation: Conversation) -> CustomerView:
    """Read how the customer sees the conversation. Four queries, six while it waits in a queue."""
    people = list(
        Participant.objects.filter(conversation=conversation, role=ParticipantRole.AGENT)
        .select_related("agent__user")
        .order_by("pk")
    )
    agent_names = {row.external_id: row.name_for_customers for row in people}
    standing = standing_of(conversation, agents=people)
    company_id, environment = conversation.company_id, conversation.environment
    return CustomerView(
        status=_status(standing),
        agent=standing.agent.name_for_customers if standing.agent is not None else None,
        queue_position=standing.position,
        agent_names=agent_names,
        moves=moves_of(conversation),
        redactor=redactor_for(company_id, environment, Audience.CUSTOMER),
        delayed_redactor=redactor_for(company_id, environment, Audience.CUSTOMER_DELAYED),
    )


def _status(standing: Standing) -> str:
    if standing.status == Status.ENDED:
        return "paused" if standing.may_resume else "ended"
    return "waiting" if standing.waits else "live"


def customer_row(row: EventRow, view: CustomerView, original: str | None = None) -> dict[str, Any]:
    """Return a row as the customer's socket sends it: without ids of staff, and with the customer's own client ids.

    `original` is the customer's message before it was redacted, while it is known. For `CUSTOMER_DELAY_S` the customer
    sees it masked by the immediate rules only; the field `later` holds the text that replaces it, and in how many
    seconds.
    """
    shown: dict[str, Any] = {"sequence": row["sequence"], "type": row["type"], "at": row["at"]}
    message = row["message"]
    if message is None:
        words = event_words(row["type"], row["sequence"], view.moves)
        return shown | view.moves.fields_of(row["type"], row["sequence"]) | {"words": words}
    is_own = message["role"] == SenderRole.CUSTOMER
    delay_left_s = CUSTOMER_DELAY_S - (time.time() - message["created_at"])
    delayed_text = view.delayed_redactor.redact(message["text"])
    immediate_text = (is_own and original) or message["text"]
    text = view.redactor.redact(immediate_text) if delay_left_s > 0 else delayed_text
    shown["message"] = {
        "id": message["id"],
        "role": message["role"],
        "who": view.agent_names.get(message["sender"], "") if message["role"] == SenderRole.AGENT else "",
        "client_id": message["client_id"] if is_own else "",
        "text": text,
        "sent_at": message["sent_at"],
    }
    if text != delayed_text:
        shown["message"]["later"] = {"text": delayed_text, "in": round(delay_left_s, 1)}
    return shown
