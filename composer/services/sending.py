"""Sends an agent's message: the message, its report, the draft that it was and the greeting that it replaces."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Agent
from composer.checks import checks_of
from composer.errors import BlockedWordsError, NotYoursError, SendError
from composer.models import GreetingRun, GreetingState
from composer.reports import Report
from composer.selectors import holders_of, holds
from composer.services.drafts import clear_draft
from composer.services.reports import store_reports
from conversations.models import Message, MessageKind, SenderRole
from conversations.selectors import Scope
from conversations.sending import Locked, Sending, store_one
from conversations.services import NewMessage
from safety.engine.blocklist import ProfanityEngine

# A message waits in the browser while its line is down; one that claims to be older than this has a wrong clock.
OLDEST = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What the composer sends. `revision`: of the draft that the text was. `report`: None for notes."""

    client_id: str
    text: str
    sent_at: datetime
    revision: int = 0
    report: Report | None = None
    kind: str = MessageKind.CHAT


@dataclass(frozen=True, slots=True)
class AgentSending(Sending):
    """An agent's message on its way. Refused with BlockedWordsError, NotYoursError, ResendMismatchError."""

    by: Actor
    agent: Agent
    conversation_id: str
    outgoing: Outgoing

    @property
    def client_id(self) -> str:  # type: ignore[override] # read only here
        return self.outgoing.client_id

    @classmethod
    def admit(cls, sendings: Sequence[AgentSending], locked: Locked) -> list[NewMessage | Message | Exception]:
        holders = holders_of(locked.conversations)
        checks = {scope: checks_of(scope) for scope in {one.scope for one in sendings}}
        return [
            one.stored_before(locked) or one.admitted(locked, holders, checks[one.scope].profanity) for one in sendings
        ]

    @property
    def scope(self) -> Scope:
        return Scope(self.agent.company_id, self.agent.environment)

    def stored_before(self, locked: Locked) -> Message | None:
        """A message that is sent again, as it may be long after the conversation went to somebody else."""
        before = locked.stored(self)
        mine = (self.agent.company_id, self.agent.external_id, SenderRole.AGENT, self.outgoing.kind)
        if before is None or (before.company_id, before.sender_external_id, before.role, before.kind) != mine:
            return None
        return before

    def admitted(
        self, locked: Locked, holders: Mapping[str, str], profanity: ProfanityEngine
    ) -> NewMessage | SendError:
        conversation = locked.conversations.get(self.conversation_id)
        if self.outgoing.kind == MessageKind.CHAT and (hits := profanity.hits(self.outgoing.text)):
            return BlockedWordsError([(hit.start, hit.end) for hit in hits])
        if conversation is None or not holds(self.agent, conversation, holders):
            return NotYoursError("This conversation is no longer yours. Your text is kept here.")
        now = timezone.now()
        return NewMessage(
            role=SenderRole.AGENT,
            sender=self.agent.external_id,
            text=self.outgoing.text,
            sent_at=min(max(self.outgoing.sent_at, now - OLDEST), now),
            client_id=self.client_id,
            kind=self.outgoing.kind,
        )

    @classmethod
    def settle(cls, stored: Sequence[tuple[AgentSending, Message]]) -> None:
        store_reports([(row, one.outgoing.report) for one, row in stored if one.outgoing.report is not None])
        _cancel_greetings({(row.conversation_id, one.agent.pk) for one, row in stored if row.kind == MessageKind.CHAT})
        for one, row in stored:
            clear_draft(agent=one.agent, conversation_id=row.conversation_id, revision=one.outgoing.revision)


def send_message(*, by: Actor, agent: Agent, conversation_id: str, outgoing: Outgoing) -> Message:
    """Store the message and all that hangs on it; returns it. The same `client_id` again: the stored one.

    Raises BlockedWordsError, NotYoursError, ResendMismatchError; nothing is stored then.
    """
    return store_one(AgentSending(by, agent, conversation_id, outgoing))


def _cancel_greetings(written: Collection[tuple[str, str]]) -> None:
    """Who has written greets no more. `written`: conversations and agents."""
    counting = GreetingRun.objects.filter(
        conversation__in={conversation_id for conversation_id, _ in written}, state=GreetingState.COUNTING
    ).values_list("pk", "conversation_id", "participant__agent_id")
    over = [pk for pk, conversation_id, agent_id in counting if (conversation_id, agent_id) in written]
    if over:
        GreetingRun.objects.filter(pk__in=over, state=GreetingState.COUNTING).update(
            state=GreetingState.CANCELLED, ended_at=timezone.now()
        )
