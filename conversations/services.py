"""Every write to conversations: each one does the rows, the event and the invalidation in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Unpack

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.event_log.writing import About
from accounts.events import tell_agents_changed
from accounts.models import Agent, Event, Queue
from accounts.services import known_agent
from conversations.adding import NewMessage, add_messages, announce, event_of
from conversations.errors import EndedError, ErasedError, HeldError, TooMuchMetadataError
from conversations.events import hint_of
from conversations.models import (
    MAX_METADATA_ENTRIES,
    MAX_NAME_LENGTH,
    Channel,
    Conversation,
    Customer,
    CustomerAuthentication,
    EventType,
    Metadata,
    Participant,
    ParticipantRole,
    Resolution,
    Status,
)
from conversations.selectors import Scope, conversations
from safety.engine.visible import clean_name
from safety.services import redactor_for

__all__ = [
    "NewMessage",
    "Party",
    "add_messages",
    "admit_agent",
    "authenticate_customer",
    "create_or_update_conversation",
    "dismiss_agent",
    "end_conversation",
    "queue_conversation",
    "set_resolution",
]


@dataclass(frozen=True, slots=True)
class Party:
    """An agent or a customer as a caller names them. `name` None keeps the name that is known."""

    external_id: str
    name: str | None = None


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
    """Create or update the conversation of this external id.

    What is not sent stays: without an agent the present one remains, and metadata keys that are not named keep their
    values. `queue_name` or `queue` in the metadata sets the queue, where the company has one of that name.
    Raises TooMuchMetadataError.
    Source: contract README section 3; openapi conversations, createOrUpdateConversation.
    """
    try:
        with transaction.atomic():
            return _upsert(by, scope, external_id, customer, started_at, agent, metadata or {}, channel)
    except IntegrityError:
        # Another process created it between our read and our insert: the second read finds it.
        with transaction.atomic():
            return _upsert(by, scope, external_id, customer, started_at, agent, metadata or {}, channel)


def _upsert(
    by: Actor,
    scope: Scope,
    external_id: str,
    customer: Party,
    started_at: datetime,
    agent: Party | None,
    metadata: Mapping[str, str],
    channel: str,
) -> Conversation:
    agent = _named(agent) if agent else None
    conversation = conversations(scope).select_for_update().filter(external_id=external_id).first()
    created = conversation is None
    if conversation is None:
        conversation = Conversation.objects.create(
            company_id=scope.company_id,
            environment=scope.environment,
            external_id=external_id,
            channel=channel,
            status=Status.LIVE if agent else Status.AUTOMATED,
            started_at=started_at,
        )
        _record(by, conversation, EventType.CREATED)
    before = _agent_in(conversation)
    customer = _redacted(conversation, customer)
    changed = _set_metadata(conversation, metadata)
    changed |= _set_queue(conversation, metadata)
    changed |= _set_customer(conversation, customer, started_at if created else timezone.now())
    if agent is not None:
        changed |= _set_agent(by, conversation, agent, before, started_at if created else timezone.now())
    if changed and not created:
        _record(by, conversation, EventType.UPDATED)
    _announce(conversation)
    tell_agents_changed(_ids({before, _agent_in(conversation)}) if changed else ())
    return conversation


def _redacted(conversation: Conversation, customer: Party) -> Party:
    """Return the customer with a redacted name: people type all sorts of things into a name field."""
    customer = _named(customer)
    if not customer.name:
        return customer
    redactor = redactor_for(conversation.company_id, conversation.environment)
    return replace(customer, name=redactor.redact(customer.name)[:MAX_NAME_LENGTH])


def _named(party: Party) -> Party:
    return party if party.name is None else replace(party, name=clean_name(party.name))


def _agent_in(conversation: Conversation) -> Agent | None:
    """Return the present agent with their user, whose name the events hold."""
    present = Agent.objects.select_related("user").filter(
        participations__conversation=conversation,
        participations__role=ParticipantRole.AGENT,
        participations__left_at__isnull=True,
    )
    return present.first()


def _ids(agents: Iterable[Agent | None]) -> list[str]:
    return [agent.pk for agent in agents if agent is not None]


def _set_metadata(conversation: Conversation, values: Mapping[str, str]) -> bool:
    known = dict(Metadata.objects.filter(conversation=conversation).values_list("name", "value"))
    changed = {name: value for name, value in values.items() if known.get(name) != value}
    if len(known | changed) > max(MAX_METADATA_ENTRIES, len(known)):
        raise TooMuchMetadataError(f"a conversation has at most {MAX_METADATA_ENTRIES} entries")
    Metadata.objects.bulk_create(
        [Metadata(conversation=conversation, name=name, value=value) for name, value in changed.items()],
        update_conflicts=True,
        unique_fields=["conversation", "name"],
        update_fields=["value"],
    )
    return bool(changed)


def _set_queue(conversation: Conversation, metadata: Mapping[str, str]) -> bool:
    name = metadata.get("queue_name") or metadata.get("queue")
    if not name:
        return False
    queue = Queue.objects.filter(company_id=conversation.company_id, name=name).first()
    if queue is None or queue.pk == conversation.queue_id:
        return False
    conversation.queue = queue
    conversation.save(update_fields=["queue"])
    return True


def _set_customer(conversation: Conversation, party: Party, at: datetime) -> bool:
    customer, _ = Customer.objects.get_or_create(
        company_id=conversation.company_id,
        environment=conversation.environment,
        external_id=party.external_id,
    )
    return _join(conversation, ParticipantRole.CUSTOMER, party, at, customer=customer)


def _set_agent(by: Actor, conversation: Conversation, party: Party, before: Agent | None, at: datetime) -> bool:
    """Let an agent join, or the present one (`before`) leave."""
    agent = known_agent(
        company_id=conversation.company_id,
        environment=conversation.environment,
        external_id=party.external_id,
        name=party.name or "",
    )
    changed = _join(conversation, ParticipantRole.AGENT, party, at, agent=agent)
    if before != agent:
        if before is not None:
            _record(by, conversation, EventType.AGENT_LEFT, agent=before)
        _record(by, conversation, EventType.AGENT_JOINED, agent=agent, payload=_joined_facts(conversation))
    if conversation.status in {Status.AUTOMATED, Status.WAITING}:
        conversation.status = Status.LIVE
        conversation.save(update_fields=["status"])
    return changed


def _join(
    conversation: Conversation,
    role: ParticipantRole,
    party: Party,
    at: datetime,
    *,
    agent: Agent | None = None,
    customer: Customer | None = None,
) -> bool:
    """Make this party the present one of its role; the one before leaves. Return False when nothing changed."""
    now = Participant.objects.filter(conversation=conversation, role=role, left_at__isnull=True).first()
    if now is not None and now.agent == agent and now.customer == customer:
        if party.name is None or party.name == now.name:
            return False
        now.name = party.name
        now.save(update_fields=["name"])
        return True
    if now is not None:
        now.left_at = at
        now.save(update_fields=["left_at"])
    Participant.objects.create(
        conversation=conversation,
        role=role,
        agent=agent,
        customer=customer,
        name=party.name or "",
        joined_at=at,
    )
    return True


def _announce(conversation: Conversation, rows: Sequence[Event] = ()) -> None:
    announce([hint_of(conversation, rows)])


def _record(by: Actor, conversation: Conversation, type_: EventType, **about: Unpack[About]) -> Event:
    """Write an event with the next sequence. The caller's transaction holds the conversation's lock."""
    conversation.last_sequence += 1
    conversation.save(update_fields=["last_sequence"])
    event = event_of(by, conversation, type_, conversation.last_sequence, **about)
    event.save(force_insert=True)
    return event


@transaction.atomic
def authenticate_customer(
    *, by: Actor, conversation: Conversation, customer_external_id: str, stream_id: str = ""
) -> CustomerAuthentication:
    """Record that the customer proved to be `customer_external_id`, who is the conversation's customer from now on.

    The proof itself is not stored. Raises ErasedError. Source: openapi conversations, authenticate.
    """
    conversation = Conversation.objects.select_for_update().get(pk=conversation.pk)
    if conversation.erased_at is not None:
        raise ErasedError(conversation.pk)
    customer, _ = Customer.objects.get_or_create(
        company_id=conversation.company_id,
        environment=conversation.environment,
        external_id=customer_external_id,
    )
    before = Participant.objects.filter(
        conversation=conversation, role=ParticipantRole.CUSTOMER, left_at__isnull=True
    ).first()
    party = Party(customer_external_id, before.name if before else None)
    _join(conversation, ParticipantRole.CUSTOMER, party, timezone.now(), customer=customer)
    row = CustomerAuthentication.objects.create(conversation=conversation, customer=customer, stream_id=stream_id)
    _record(by, conversation, EventType.AUTHENTICATED)
    _announce(conversation)
    return row


@transaction.atomic
def admit_agent(*, by: Actor, conversation: Conversation, agent: Agent) -> Participant:
    """Let an agent join a conversation that has none. It is live from now on. Raises EndedError, HeldError."""
    conversation = Conversation.objects.select_for_update().get(pk=conversation.pk)
    if conversation.status == Status.ENDED:
        raise EndedError(conversation.pk)
    if _agent_in(conversation) is not None:
        raise HeldError(conversation.pk)
    participant = Participant.objects.create(
        conversation=conversation,
        role=ParticipantRole.AGENT,
        agent=agent,
        name=agent.name,
        joined_at=timezone.now(),
    )
    conversation.status = Status.LIVE
    conversation.save(update_fields=["status"])
    facts = _joined_facts(conversation)
    _announce(conversation, [_record(by, conversation, EventType.AGENT_JOINED, agent=agent, payload=facts)])
    tell_agents_changed([agent.pk])
    return participant


@transaction.atomic
def dismiss_agent(*, by: Actor, conversation: Conversation, target: Queue | Agent) -> None:
    """Let the agent leave, if there is one. The caller's transaction brings the next agent or the queue."""
    conversation = Conversation.objects.select_for_update(of=("self",)).select_related("queue").get(pk=conversation.pk)
    gone = _agent_leaves(conversation)
    to_queue, to_agent = (target, None) if isinstance(target, Queue) else (None, target)
    about = About(agent=gone, to_agent=to_agent, to_queue=to_queue)
    moved: About = {**about, "from_queue": conversation.queue}
    rows = [_record(by, conversation, EventType.TRANSFERRED, **moved)]
    if gone is not None:
        rows.append(_record(by, conversation, EventType.AGENT_LEFT, **about))
    _announce(conversation, rows)


@transaction.atomic
def queue_conversation(*, by: Actor, conversation: Conversation, queue: Queue) -> Conversation:
    """Let the customer wait in this queue. A conversation that was timed out resumes. Raises EndedError, HeldError."""
    conversation = Conversation.objects.select_for_update().get(pk=conversation.pk)
    if conversation.status == Status.ENDED and conversation.resolution != Resolution.TIMED_OUT:
        raise EndedError(conversation.pk)
    if _agent_in(conversation) is not None:
        raise HeldError(conversation.pk)
    rows = [_record(by, conversation, EventType.RESUMED)] if conversation.status == Status.ENDED else []
    conversation.status, conversation.queue = Status.WAITING, queue
    conversation.ended_at, conversation.resolution = None, ""
    conversation.save(update_fields=["status", "queue", "ended_at", "resolution"])
    _announce(conversation, [*rows, _record(by, conversation, EventType.QUEUED, to_queue=queue)])
    return conversation


@transaction.atomic
def end_conversation(*, by: Actor, conversation: Conversation, resolution: str = "") -> Conversation:
    """End a conversation; its agent leaves. With `timed_out` it may be resumed. Raises EndedError."""
    conversation = Conversation.objects.select_for_update().get(pk=conversation.pk)
    if conversation.status == Status.ENDED:
        raise EndedError(conversation.pk)
    gone = _agent_leaves(conversation)
    conversation.status, conversation.resolution, conversation.ended_at = Status.ENDED, resolution, timezone.now()
    conversation.save(update_fields=["status", "resolution", "ended_at"])
    type_ = EventType.TIMED_OUT if resolution == Resolution.TIMED_OUT else EventType.ENDED
    _announce(conversation, [_record(by, conversation, type_, agent=gone)])
    return conversation


@transaction.atomic
def set_resolution(*, by: Actor, conversation: Conversation, resolution: Resolution) -> Conversation:
    """Set the resolution of an ended conversation, where nobody set it at its end.

    Raises ValueError for a conversation that has not ended.
    """
    conversation = Conversation.objects.select_for_update().get(pk=conversation.pk)
    if conversation.status != Status.ENDED:
        raise ValueError("only an ended conversation has a resolution")
    if conversation.resolution:
        return conversation
    conversation.resolution = resolution
    conversation.save(update_fields=["resolution"])
    _announce(conversation, [_record(by, conversation, EventType.UPDATED)])
    return conversation


def _joined_facts(conversation: Conversation) -> dict[str, str]:
    """Return what the event of a joining agent holds: the name that customers see now."""
    present = Participant.objects.filter(
        conversation=conversation, role=ParticipantRole.AGENT, left_at__isnull=True
    ).select_related("agent__user")
    return {"name": present.get().name_for_customers}


def _agent_leaves(conversation: Conversation) -> Agent | None:
    """Record that the present agent leaves."""
    agent = _agent_in(conversation)
    here = Participant.objects.filter(conversation=conversation, role=ParticipantRole.AGENT, left_at__isnull=True)
    here.update(left_at=timezone.now())
    tell_agents_changed(_ids([agent]))
    return agent
