"""Sends an agent's message: the message, its report, the draft that it was and the greeting that it replaces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Agent
from composer.checks import checks_of
from composer.errors import BlockedWordsError, NotYoursError
from composer.models import Draft, GreetingRun, GreetingState
from composer.reports import Report
from composer.selectors import held_by
from composer.services.drafts import keep_draft
from composer.services.reports import hand_over, store_report
from conversations.identity import given
from conversations.models import Conversation, Message, MessageKind, SenderRole
from conversations.selectors import Scope
from conversations.services import NewMessage, add_messages

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


def send_message(*, by: Actor, agent: Agent, conversation_id: str, outgoing: Outgoing) -> Message:
    """Store the message and all that hangs on it; returns it. The same `client_id` again: the stored one.

    Raises BlockedWordsError, NotYoursError, ResendMismatchError; nothing is stored then.
    """
    before = _sent_before(agent, conversation_id, outgoing)
    if before is not None:
        return before
    if outgoing.kind == MessageKind.CHAT:
        _check_words(agent, outgoing.text)
    with transaction.atomic():
        message = _store(by, agent, conversation_id, outgoing)
    if outgoing.report is not None:
        hand_over([message.pk])
    return message


def _sent_before(agent: Agent, conversation_id: str, outgoing: Outgoing) -> Message | None:
    """A message that is sent again, as it may be long after the conversation went to somebody else."""
    return Message.objects.filter(
        conversation_id=conversation_id,
        company_id=agent.company_id,
        client_id=given(outgoing.client_id),
        sender_external_id=agent.external_id,
        role=SenderRole.AGENT,
        kind=outgoing.kind,
    ).first()


def _check_words(agent: Agent, text: str) -> None:
    hits = checks_of(Scope(agent.company_id, agent.environment)).profanity.hits(text)
    if hits:
        raise BlockedWordsError([(hit.start, hit.end) for hit in hits])


def _store(by: Actor, agent: Agent, conversation_id: str, outgoing: Outgoing) -> Message:
    # The row's lock first and the look then: while it waits for the lock, the conversation may go to somebody else.
    Conversation.objects.select_for_update().filter(pk=conversation_id, company_id=agent.company_id).first()
    conversation = held_by(agent).filter(pk=conversation_id).first()
    if conversation is None:
        raise NotYoursError("This conversation is no longer yours. Your text is kept here.")
    now = timezone.now()
    [message] = add_messages(
        by=by,
        conversation=conversation,
        messages=[
            NewMessage(
                role=SenderRole.AGENT,
                sender=agent.external_id,
                text=outgoing.text,
                sent_at=min(max(outgoing.sent_at, now - OLDEST), now),
                client_id=outgoing.client_id,
                kind=outgoing.kind,
            )
        ],
    )
    if outgoing.report is not None:
        store_report(message=message, report=outgoing.report)
    if outgoing.kind == MessageKind.CHAT:
        GreetingRun.objects.filter(
            conversation=conversation, participant__agent=agent, state=GreetingState.COUNTING
        ).update(state=GreetingState.CANCELLED, ended_at=now)
    if Draft.objects.filter(agent=agent, conversation=conversation, revision__lte=outgoing.revision).exists():
        keep_draft(agent=agent, conversation=conversation, text="", cursor=0, revision=outgoing.revision + 1)
    return message
