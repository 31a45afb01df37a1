"""Sends an agent's message: stores it with its report, clears its draft, and cancels the greeting it replaces."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Agent
from assignments.standing import holders_of, holds
from composer.desk.login_sessions import LoginEndedError, LoginSession, ended
from composer.desk.services.drafts import clear_drafts
from composer.errors import NotYoursError, SendError
from composer.models import GreetingRun, GreetingState
from composer.suggestions.checks import checks_for
from composer.suggestions.outbound import blocked_words
from composer.usage.reports import Report
from composer.usage.storing import store_reports
from conversations.frames import MAX_WAIT_S
from conversations.models import Message, MessageKind, SenderRole
from conversations.pending import Locked, PendingMessage, store_one
from conversations.selectors import Scope
from conversations.services import NewMessage
from safety.engine.masking import Redactor

# The longest time that a message waits in the browser while the connection is down.
OLDEST = timedelta(seconds=MAX_WAIT_S)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What the composer sends. `revision`: the revision of its draft. `report`: None for notes."""

    client_id: str
    text: str
    sent_at: datetime
    revision: int = 0
    report: Report | None = None
    kind: str = MessageKind.CHAT


@dataclass(frozen=True, slots=True)
class AgentSending(PendingMessage):
    """An agent's pending message.

    It is refused with BlockedWordsError, NotYoursError, ResendMismatchError, or LoginEndedError where its `login` is
    no longer valid, which is checked in the transaction that would store it.
    """

    by: Actor
    agent: Agent
    conversation_id: str
    outgoing: Outgoing
    login: LoginSession | None = None

    @property
    def client_id(self) -> str:  # type: ignore[override] # read only here
        return self.outgoing.client_id

    @property
    def text(self) -> str:  # type: ignore[override] # read only here
        return self.outgoing.text

    @property
    def scope(self) -> Scope:
        return Scope(self.agent.company_id, self.agent.environment)

    @classmethod
    def prepared(
        cls, sendings: Sequence[AgentSending], redactors: Mapping[Scope, Redactor]
    ) -> list[tuple[AgentSending, Exception | None]]:
        """Redact the reports and check the words."""
        checks = {scope: checks_for(scope) for scope in {one.scope for one in sendings}}
        return [
            (
                one.with_report_redacted(redactors[one.scope]),
                blocked_words(checks[one.scope], one.text) if one.outgoing.kind == MessageKind.CHAT else None,
            )
            for one in sendings
        ]

    def with_report_redacted(self, redactor: Redactor) -> AgentSending:
        if self.outgoing.report is None:
            return self
        return replace(self, outgoing=replace(self.outgoing, report=self.outgoing.report.redacted(redactor.redact)))

    @classmethod
    def validate(cls, sendings: Sequence[AgentSending], locked: Locked) -> list[NewMessage | Message | Exception]:
        holders = holders_of(locked.conversations)
        over = ended({one.login for one in sendings if one.login is not None})
        return [LoginEndedError() if one.login in over else one.allowed(locked, holders) for one in sendings]

    def allowed(self, locked: Locked, holders: Mapping[str, str]) -> NewMessage | SendError:
        """Return what to store, or why not. A message that is sent again is only compared with the stored one."""
        return self._message() if self.was_stored(locked) else self.admitted(locked, holders)

    def was_stored(self, locked: Locked) -> bool:
        """Was it stored before? It may be sent again long after the conversation went to another agent."""
        before = locked.stored(self)
        mine = (self.agent.company_id, self.agent.external_id, SenderRole.AGENT, self.outgoing.kind)
        return before is not None and ((before.company_id, before.sender_external_id, before.role, before.kind) == mine)

    def admitted(self, locked: Locked, holders: Mapping[str, str]) -> NewMessage | SendError:
        conversation = locked.conversations.get(self.conversation_id)
        if conversation is None or not holds(self.agent, conversation, holders):
            return NotYoursError("This conversation is no longer yours. Your text is kept here.")
        return self._message()

    def _message(self) -> NewMessage:
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
    def after_store(cls, stored: Sequence[tuple[AgentSending, Message]]) -> None:
        store_reports([(row, one.outgoing.report) for one, row in stored if one.outgoing.report is not None])
        _cancel_greetings({(row.conversation_id, one.agent.pk) for one, row in stored if row.kind == MessageKind.CHAT})
        sent: dict[tuple[str, str], int] = {}
        for one, row in stored:
            draft = one.agent.pk, row.conversation_id
            sent[draft] = max(sent.get(draft, 0), one.outgoing.revision)
        clear_drafts(sent)


def send_message(*, by: Actor, agent: Agent, conversation_id: str, outgoing: Outgoing) -> Message:
    """Store the message with all that depends on it. Return it, or the stored one for the same `client_id`.

    Raises BlockedWordsError, NotYoursError, ResendMismatchError, and stores nothing then.
    """
    return store_one(AgentSending(by, agent, conversation_id, outgoing))


def _cancel_greetings(written: Collection[tuple[str, str]]) -> None:
    """Cancel the greetings of agents who have written. `written`: conversations and agents."""
    counting = GreetingRun.objects.filter(
        conversation__in={conversation_id for conversation_id, _ in written}, state=GreetingState.COUNTING
    ).values_list("pk", "conversation_id", "participant__agent_id")
    over = [pk for pk, conversation_id, agent_id in counting if (conversation_id, agent_id) in written]
    if over:
        GreetingRun.objects.filter(pk__in=over, state=GreetingState.COUNTING).update(
            state=GreetingState.CANCELLED, ended_at=timezone.now()
        )
