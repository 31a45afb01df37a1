"""The auto-pilot greeting of an assignment: counted down by the server, sent or cancelled exactly once.

Source: seed autocompose__feature-releases__auto-pilot-greetings-for-autocompose.
"""

from __future__ import annotations

import contextlib
import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from accounts.actors import Actor
from accounts.events import tell_agents_changed
from accounts.models import Agent
from assignments.standing import held_by
from composer.errors import BlockedWordsError
from composer.models import GreetingRun, GreetingState
from composer.suggestions.contexts import context_for
from composer.suggestions.outbound import send_automatic
from conversations.errors import NoAgentError
from conversations.models import Channel, Conversation, Message, Participant, ParticipantRole, SenderRole
from conversations.selectors import Scope
from conversations.services import NewMessage
from responses.selectors import greeting_rules
from safety.services import redactor_for

logger = logging.getLogger(__name__)

# The web process that counts down sends at zero; a worker sends this much later, if it did not.
GRACE = timedelta(seconds=2)


def overdue_greetings() -> list[GreetingRun]:
    """Return countdowns that ended and whose greeting was not sent."""
    return list(GreetingRun.objects.filter(state=GreetingState.COUNTING, due_at__lt=timezone.now() - GRACE)[:500])


def to_greet(agent: Agent) -> list[Conversation]:
    """Return the agent's conversations in which a countdown may have to begin. Loads no context."""
    scope = Scope(agent.company_id, agent.environment)
    if greeting_rules(scope, agent) is None:
        return []
    has_written = Message.objects.filter(
        conversation=OuterRef("pk"),
        role=SenderRole.AGENT,
        conversation__participants__agent=agent,
        conversation__participants__left_at__isnull=True,
        sent_at__gte=F("conversation__participants__joined_at"),
    )
    return list(held_by(agent).exclude(channel=Channel.API).filter(~Exists(has_written), greeting_runs__isnull=True))


def start_greeting(*, conversation: Conversation) -> GreetingRun | None:
    """Return the countdown of the present assignment, starting it if needed; None where no greeting is due.

    The desk that sees the assignment first starts it; every other call finds the row. The times count from the
    assignment, so that a desk that opens late does not start over.
    """
    here = _agent_in(conversation)
    if here is None or conversation.channel == Channel.API:
        return None  # another system greets in its own conversations
    run = GreetingRun.objects.filter(participant=here).first()
    if run is not None:
        return run
    try:
        context = context_for(Scope(conversation.company_id, conversation.environment), conversation.pk)
    except NoAgentError:
        return None
    if context is None or context.greeting is None or not context.features.autocompose:
        return None
    redactor = redactor_for(conversation.company_id, conversation.environment)
    previewed_at = here.joined_at + timedelta(seconds=context.greeting.trigger_after_seconds)
    run, _ = GreetingRun.objects.get_or_create(
        participant=here,
        defaults={
            "conversation": conversation,
            "text": redactor.redact(context.greeting.offer.text),
            "previewed_at": previewed_at,
            "due_at": max(previewed_at, timezone.now()) + timedelta(seconds=context.greeting.delay_seconds),
        },
    )
    return run


def _agent_in(conversation: Conversation) -> Participant | None:
    return conversation.participants.filter(role=ParticipantRole.AGENT, left_at__isnull=True).first()


def cancel_greeting(*, run: GreetingRun) -> bool:
    """Stop the countdown. Return False when it had ended before. All desks of the agent get a hint."""
    ended = _end(run, GreetingState.CANCELLED)
    if ended:
        _tell_desks(run)
    return ended


def send_greeting(*, run: GreetingRun) -> Message | None:
    """Send the greeting. Return None where it was sent or cancelled before.

    The claim and the message are one transaction: a process killed in between leaves the countdown as it was, for the
    next one to send. Nothing is sent for an agent who left, who may no longer sign in, or who has already written. If
    a word of it was blocked meanwhile, the greeting that is due now is sent instead, unless that is blocked, too.
    """
    try:
        return _send(run, run.text)
    except BlockedWordsError:
        logger.warning("a greeting was stopped", extra={"conversation": run.conversation_id})
    other = _text_due(run)
    with contextlib.suppress(BlockedWordsError):
        if other:
            return _send(run, other)
    cancel_greeting(run=run)
    return None


def _text_due(run: GreetingRun) -> str:
    """Return the greeting that would be due now; "" for none."""
    conversation = run.conversation
    try:
        context = context_for(Scope(conversation.company_id, conversation.environment), conversation.pk)
    except NoAgentError:
        return ""
    return context.greeting.offer.text if context is not None and context.greeting is not None else ""


@transaction.atomic
def _send(run: GreetingRun, text: str) -> Message | None:
    if not _end(run, GreetingState.SENT):
        return None
    here = Participant.objects.select_related("agent__user").get(pk=run.participant_id)
    conversation = Conversation.objects.select_for_update().get(pk=run.conversation_id)
    _tell_desks(run)
    agent = here.agent
    if agent is None or here.left_at is not None or not _may_sign_in(agent) or _has_written(conversation, here):
        GreetingRun.objects.filter(pk=run.pk).update(state=GreetingState.CANCELLED)
        return None
    return send_automatic(
        by=Actor.system(conversation.company_id),
        conversation=conversation,
        message=NewMessage(
            role=SenderRole.AGENT,
            sender=agent.external_id,
            text=text,
            sent_at=timezone.now(),
            client_id=f"greeting:{run.pk}",
        ),
    )


def _may_sign_in(agent: Agent) -> bool:
    """May the agent's person sign in? Agents of other systems have no user here."""
    return agent.user is None or agent.user.is_active


def _has_written(conversation: Conversation, here: Participant) -> bool:
    return conversation.messages.filter(role=SenderRole.AGENT, sent_at__gte=here.joined_at).exists()


def _end(run: GreetingRun, state: GreetingState) -> bool:
    counting = GreetingRun.objects.filter(pk=run.pk, state=GreetingState.COUNTING)
    return counting.update(state=state, ended_at=timezone.now()) == 1


def _tell_desks(run: GreetingRun) -> None:
    """Send the agent's desks a hint that a countdown has ended."""
    tell_agents_changed(Participant.objects.filter(pk=run.participant_id).values_list("agent_id", flat=True))
