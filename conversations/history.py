"""Writes past conversations, from imports and demo data: in bulk, and safe to repeat.

A conversation that exists gets only the messages that it does not have yet. Its state stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from accounts.actors import Actor, record
from accounts.ids import ulid_at
from accounts.models import ActorKind, Agent, Company, Event, Queue
from caching import versions
from conversations.adding import event_of, event_of_message
from conversations.identity import DerivedKeys
from conversations.models import (
    MAX_NAME_LENGTH,
    Channel,
    Conversation,
    Customer,
    EventType,
    Message,
    Metadata,
    Participant,
    ParticipantRole,
    SenderRole,
    Status,
)
from conversations.selectors import Scope, conversation_key, conversations
from conversations.services import Party
from safety.engine.masking import Redactor
from safety.engine.visible import clean_name
from safety.services import redactor_for

# The actor recorded for a past message: not the person who imports it.
_SENDERS: Mapping[str, ActorKind] = {
    SenderRole.AGENT: ActorKind.USER,
    SenderRole.CUSTOMER: ActorKind.CUSTOMER,
    SenderRole.SYSTEM: ActorKind.SYSTEM,
}


@dataclass(frozen=True, slots=True)
class PastMessage:
    role: str
    sender: str
    text: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class PastConversation:
    """One past conversation. `messages` in order, at least one. `queue`: a name; a missing queue is created."""

    external_id: str
    messages: Sequence[PastMessage]
    customer: Party | None = None
    agent: Party | None = None
    queue: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    channel: str = Channel.IMPORT
    status: str = Status.ENDED
    resolution: str = ""


@dataclass(slots=True)
class Written:
    """How many rows were new, and how many existed before."""

    conversations: int = 0
    messages: int = 0
    known_messages: int = 0


class History:
    """Writes batches for one scope. Open a transaction around batches that must be written together.

    `with_events`: each message gets its event, as a live message does. Imported history has no such events, so that no
    feed or webhook reports it as new; one event says that the conversation was imported. `may_go_on`: conversations
    need not have ended; only `assignments.lifecycle` says so, which also writes where they wait or who has them.
    """

    def __init__(self, by: Actor, scope: Scope, *, with_events: bool = False, may_go_on: bool = False) -> None:
        self._with_events, self._may_go_on = with_events, may_go_on
        self.written = Written()
        self._by = by
        self._scope = scope
        self._redactor: Redactor = redactor_for(scope.company_id, scope.environment)
        self._redacted: dict[str, str] = {}  # the redacted texts of the current batch
        self._queues = {row.name: row for row in Queue.objects.filter(company_id=scope.company_id)}

    def write(self, batch: Sequence[PastConversation]) -> None:
        """Write one batch of some hundred conversations, all or nothing. Each external id occurs once.

        Raises ValueError for a conversation that has not ended, unless it may go on.
        """
        if not self._may_go_on and any(past.status != Status.ENDED for past in batch):
            raise ValueError("past conversations have ended")
        # Before the transaction: SQLite has one write lock for all, and no text is processed while it is held.
        texts = {message.text for past in batch for message in past.messages}
        self._redacted = {text: self._redactor.redact(text) for text in texts}
        with transaction.atomic():
            self._write(batch)

    def record_import(self, file: str) -> None:
        """Record what was written from this file. Call it once, in the transaction of the batches."""
        written = self.written
        facts = {"file": file, "messages": written.messages, "conversations": written.conversations}
        company = Company.objects.get(pk=self._scope.company_id)
        record(self._by, "transcripts.imported", company, after={"environment": self._scope.environment, **facts})

    def _write(self, batch: Sequence[PastConversation]) -> None:
        # Locked, because their next sequences are assigned here while the desk may add messages. In the order of their
        # ids, so that two imports cannot deadlock.
        named = conversations(self._scope).filter(external_id__in=[past.external_id for past in batch])
        known = {row.external_id: row for row in named.select_for_update().order_by("pk")}
        # Customers first, and each kind in one order, as the live services do, so that two writers cannot deadlock.
        customers = self._people(Customer, (past.customer for past in batch))
        agents = self._people(Agent, (past.agent for past in batch))
        fresh = [past for past in batch if past.external_id not in known]
        rows = {past.external_id: self._conversation(past) for past in fresh}
        messages = self._numbered(batch, known | rows)
        Conversation.objects.bulk_create(rows.values())
        Participant.objects.bulk_create(
            participant
            for past in fresh
            for participant in self._participants(rows[past.external_id], past, agents, customers)
        )
        Metadata.objects.bulk_create(
            Metadata(conversation=rows[past.external_id], name=name, value=value)
            for past in fresh
            for name, value in past.metadata.items()
        )
        Event.objects.bulk_create([self._imported(row) for row in rows.values()])
        self._write_messages(messages)
        longer = {row.conversation_id for row in messages}
        grown = [row for row in known.values() if row.pk in longer]
        Conversation.objects.bulk_update(grown, ["last_sequence"], batch_size=200)
        versions.invalidate([conversation_key(row.pk) for row in grown])
        self.written.conversations += len(fresh)

    def _people(
        self, model: type[Agent] | type[Customer], parties: Iterable[Party | None]
    ) -> dict[str, Agent | Customer]:
        """Return the rows of these external ids; missing ones are created."""
        names = {party.external_id: clean_name(party.name or "") for party in parties if party is not None}
        where = {"company_id": self._scope.company_id, "environment": self._scope.environment}
        found = set(model.objects.filter(**where, external_id__in=names).values_list("external_id", flat=True))
        missing = sorted(id_ for id_ in names if id_ not in found)
        if model is Agent:
            Agent.objects.bulk_create(
                [Agent(**where, external_id=id_, name=names[id_]) for id_ in missing], ignore_conflicts=True
            )
        else:
            Customer.objects.bulk_create([Customer(**where, external_id=id_) for id_ in missing], ignore_conflicts=True)
        return {row.external_id: row for row in model.objects.filter(**where, external_id__in=names)}

    def _conversation(self, past: PastConversation) -> Conversation:
        started, ended = past.messages[0].sent_at, past.messages[-1].sent_at
        return Conversation(
            id=ulid_at(started),
            company_id=self._scope.company_id,
            environment=self._scope.environment,
            external_id=past.external_id,
            channel=past.channel,
            status=past.status,
            queue=self._queue(past.queue),
            started_at=started,
            ended_at=ended if past.status == Status.ENDED else None,
            resolution=past.resolution,
            last_sequence=1,
        )

    def _queue(self, name: str) -> Queue | None:
        if not name:
            return None
        if name not in self._queues:
            self._queues[name], _ = Queue.objects.get_or_create(company_id=self._scope.company_id, name=name)
        return self._queues[name]

    def _numbered(self, batch: Sequence[PastConversation], rows: Mapping[str, Conversation]) -> list[Message]:
        """Return the messages that their conversations do not have yet, each with the next sequence."""
        had: dict[str, set[str]] = {}
        for conversation_id, client_id in Message.objects.filter(
            conversation__in=[row.pk for row in rows.values() if row.last_sequence > 1]
        ).values_list("conversation_id", "client_id"):
            had.setdefault(conversation_id, set()).add(client_id)
        messages: list[Message] = []
        for past in batch:
            row = rows[past.external_id]
            seen = had.setdefault(row.pk, set())
            keys = DerivedKeys()
            for message in past.messages:
                draft = self._message(row, message, keys)
                if draft.client_id in seen:
                    self.written.known_messages += 1
                    continue
                seen.add(draft.client_id)
                row.last_sequence += 1
                draft.sequence = row.last_sequence
                messages.append(draft)
        return messages

    def _write_messages(self, messages: Sequence[Message]) -> None:
        Message.objects.bulk_create(messages, batch_size=2000)
        if self._with_events:
            Event.objects.bulk_create([self._added(row) for row in messages], batch_size=2000)
        self.written.messages += len(messages)

    def _message(self, conversation: Conversation, past: PastMessage, keys: DerivedKeys) -> Message:
        return Message(
            id=ulid_at(past.sent_at),
            company_id=self._scope.company_id,
            conversation=conversation,
            client_id=keys.key(role=past.role, sender=past.sender, sent_at=past.sent_at, text=past.text),
            role=past.role,
            sender_external_id=past.sender,
            text=self._redacted[past.text],
            sent_at=past.sent_at,
            created_at=past.sent_at,
        )

    def _imported(self, conversation: Conversation) -> Event:
        event = event_of(self._by, conversation, EventType.IMPORTED, 1, at=conversation.started_at)
        event.id = ulid_at(conversation.started_at)
        return event

    def _added(self, message: Message) -> Event:
        by = Actor(self._scope.company_id, _SENDERS[message.role])
        event = event_of_message(by, message.conversation, message)
        event.id = ulid_at(message.sent_at)
        return event

    def _participants(
        self,
        conversation: Conversation,
        past: PastConversation,
        agents: Mapping[str, Agent | Customer],
        customers: Mapping[str, Agent | Customer],
    ) -> Iterable[Participant]:
        for role, party, people in (
            (ParticipantRole.CUSTOMER, past.customer, customers),
            (ParticipantRole.AGENT, past.agent, agents),
        ):
            if party is not None:
                yield Participant(
                    conversation=conversation,
                    role=role,
                    **{str(role.value): people[party.external_id]},
                    name=self._redactor.redact(clean_name(party.name or ""))[:MAX_NAME_LENGTH],
                    joined_at=conversation.started_at,
                    # As at every end: the agent leaves, the customer stays known.
                    left_at=conversation.ended_at if role == ParticipantRole.AGENT else None,
                )
