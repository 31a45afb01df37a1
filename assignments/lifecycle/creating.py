"""Creates conversations, and brings them in line with what another system says of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.events import tell_agents_changed
from accounts.models import Agent
from accounts.services import known_agent
from assignments.lifecycle.offering import assign_after_commit
from assignments.lifecycle.rows import close_assignment, end_transfer, forget_wrap_up, leave_queue, open_assignment
from assignments.models import Assignment, AssignmentEnd, AssignmentOrigin, QueueOutcome, TransferExit
from assignments.presence import queue_ids_of
from conversations.models import Channel, Conversation, EventType, ParticipantRole, Status
from conversations.participation import agent_in, join, replace_agent
from conversations.recording import announce_events, record_event
from conversations.selectors import Scope
from conversations.services import Details, Party, save_details


def create_or_update_conversation(
    *,
    by: Actor,
    scope: Scope,
    external_id: str,
    customer: Party,
    started_at: datetime,
    agent: Party | None = None,
    metadata: Mapping[str, str] | None = None,
    channel: str = Channel.API,
) -> Conversation:
    """Create or update the conversation of this external id. `agent`: who has it, in the other system.

    What is not sent stays: without an agent the present one remains, and metadata keys that are not named keep their
    values. `queue_name` or `queue` in the metadata sets the queue, where the company has one of that name; a customer
    who waits keeps the queue. An agent ends the wait and replaces the present agent; a conversation that has ended goes
    on with an agent who was not its last one, so that a late repetition reopens nothing. Raises TooMuchMetadataError.
    Source: contract README section 3; openapi conversations, createOrUpdateConversation.
    """
    details = Details(external_id, customer, started_at, metadata or {}, channel)
    try:
        with transaction.atomic():
            return _create_or_update(by, scope, details, agent)
    except IntegrityError:
        # Another process created it between our read and our insert: the second read finds it.
        with transaction.atomic():
            return _create_or_update(by, scope, details, agent)


def _create_or_update(by: Actor, scope: Scope, details: Details, party: Party | None) -> Conversation:
    saved = save_details(
        by=by, scope=scope, details=details, new_status=Status.LIVE if party is not None else Status.AUTOMATED
    )
    conversation, changed = saved.conversation, saved.is_changed
    before = None if saved.is_new else agent_in(conversation)
    present = before
    if party is not None:
        now = timezone.now()
        at = min(details.started_at, now) if saved.is_new else now  # nobody joins later than now
        present, agent_changed = _bring_agent(by, conversation, party.cleaned(), before, at)
        changed |= agent_changed
    if changed and not saved.is_new:
        record_event(by, conversation, EventType.UPDATED)
    announce_events(conversation)
    tell_agents_changed({agent.pk for agent in (before, present) if agent is not None} if changed else ())
    return conversation


def _bring_agent(
    by: Actor, conversation: Conversation, party: Party, before: Agent | None, at: datetime
) -> tuple[Agent | None, bool]:
    """Let the agent have the conversation. Return who has it then, and whether anything changed."""
    agent = known_agent(
        company_id=conversation.company_id,
        environment=conversation.environment,
        external_id=party.external_id,
        name=party.name or "",
    )
    if before is not None and before.pk == agent.pk:
        return agent, join(conversation, ParticipantRole.AGENT, party.name, at, agent=agent)[1]
    if conversation.status == Status.ENDED:
        if _had_it_last(conversation, agent):
            return None, False
        forget_wrap_up(conversation)
    _assign_elsewhere(by, conversation, before, agent, party.name, at)
    return agent, True


def _had_it_last(conversation: Conversation, agent: Agent) -> bool:
    own = conversation.participants.filter(role=ParticipantRole.AGENT).order_by("-joined_at", "-pk")
    last = own.values_list("agent_id", flat=True).first()
    return last == agent.pk


def _assign_elsewhere(
    by: Actor, conversation: Conversation, before: Agent | None, agent: Agent, name: str | None, at: datetime
) -> Assignment:
    """Assign the conversation as another system says: whatever was open before ends in the same transaction."""
    if conversation.status == Status.WAITING:
        leave_queue(conversation, QueueOutcome.ELSEWHERE)
        end_transfer(conversation, TransferExit.SUPERSEDED)
    if before is not None:
        close_assignment(conversation, AssignmentEnd.OUTSIDE)
        assign_after_commit(queue_ids_of(before))
    participant = replace_agent(by=by, conversation=conversation, before=before, agent=agent, name=name, at=at)
    return open_assignment(participant, conversation, agent, AssignmentOrigin.OUTSIDE)
