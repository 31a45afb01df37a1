"""The auto-pilot greeting of an assignment: counted down by the server, sent or cancelled exactly once.

Source: seed autocompose__feature-releases__auto-pilot-greetings-for-autocompose.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from accounts.actors import Actor
from accounts.events import tell_agents_changed
from accounts.models import Agent
from composer.models import GreetingRun, GreetingState
from composer.scenes import scene_of
from composer.selectors import held_by
from conversations.errors import NoAgentError
from conversations.models import Conversation, Message, Participant, ParticipantRole, SenderRole
from conversations.selectors import Scope
from conversations.services import NewMessage, add_messages
from responses.selectors import agent_greets, company_greets
from safety.services import redactor_for

# The web process that counts sends at zero; another one steps in this much later.
GRACE = timedelta(seconds=2)


def overdue_greetings() -> list[GreetingRun]:
    """Countdowns that ended and that nobody has sent."""
    return list(GreetingRun.objects.filter(state=GreetingState.COUNTING, due_at__lt=timezone.now() - GRACE)[:500])


def to_greet(agent: Agent) -> list[Conversation]:
    """The agent's conversations in which a countdown may have to begin. No scene is made to find that none has."""
    scope = Scope(agent.company_id, agent.environment)
    if not company_greets(scope) or not agent_greets(scope, agent):
        return []
    has_written = Message.objects.filter(
        conversation=OuterRef("pk"),
        role=SenderRole.AGENT,
        conversation__participants__agent=agent,
        conversation__participants__left_at__isnull=True,
        sent_at__gte=F("conversation__participants__joined_at"),
    )
    return list(held_by(agent).filter(~Exists(has_written), greeting_runs__isnull=True))


def start_greeting(*, conversation: Conversation) -> GreetingRun | None:
    """The countdown of the present assignment, begun unless it was before; None where no greeting is due.

    Whichever desk sees the assignment first begins it; every other call finds the row. The times count from the
    assignment, so that a desk that comes late does not begin anew.
    """
    here = _agent_in(conversation)
    if here is None:
        return None
    run = GreetingRun.objects.filter(participant=here).first()
    if run is not None:
        return run
    try:
        kept = scene_of(Scope(conversation.company_id, conversation.environment), conversation.pk)
    except NoAgentError:
        return None
    if kept is None or kept.greeting is None or not kept.features.autocompose:
        return None
    redactor = redactor_for(conversation.company_id, conversation.environment)
    previewed_at = here.joined_at + timedelta(seconds=kept.greeting.trigger_after_seconds)
    run, _ = GreetingRun.objects.get_or_create(
        participant=here,
        defaults={
            "conversation": conversation,
            "text": redactor.redact(kept.greeting.offer.text),
            "previewed_at": previewed_at,
            "due_at": max(previewed_at, timezone.now()) + timedelta(seconds=kept.greeting.delay_seconds),
        },
    )
    return run


def _agent_in(conversation: Conversation) -> Participant | None:
    return conversation.participants.filter(role=ParticipantRole.AGENT, left_at__isnull=True).first()


def cancel_greeting(*, run: GreetingRun) -> bool:
    """Stop the countdown; False when it had ended before. All desks of the agent are told."""
    ended = _end(run, GreetingState.CANCELLED)
    if ended:
        _tell_desks(run)
    return ended


@transaction.atomic
def send_greeting(*, run: GreetingRun) -> Message | None:
    """Send the greeting unless it was sent or cancelled before; None then.

    The claim and the message are one transaction: a process killed in between leaves the countdown as it was, for
    the next one to send. Nothing is sent for an agent who left, or who has written already.
    """
    if not _end(run, GreetingState.SENT):
        return None
    here = Participant.objects.select_related("agent").get(pk=run.participant_id)
    conversation = Conversation.objects.select_for_update().get(pk=run.conversation_id)
    _tell_desks(run)
    if here.left_at is not None or here.agent is None or _has_written(conversation, here):
        GreetingRun.objects.filter(pk=run.pk).update(state=GreetingState.CANCELLED)
        return None
    [message] = add_messages(
        by=Actor.system(conversation.company_id),
        conversation=conversation,
        messages=[
            NewMessage(
                role=SenderRole.AGENT,
                sender=here.agent.external_id,
                text=run.text,
                sent_at=timezone.now(),
                client_id=f"greeting:{run.pk}",
            )
        ],
    )
    return message


def _has_written(conversation: Conversation, here: Participant) -> bool:
    return conversation.messages.filter(role=SenderRole.AGENT, sent_at__gte=here.joined_at).exists()


def _end(run: GreetingRun, state: GreetingState) -> bool:
    counting = GreetingRun.objects.filter(pk=run.pk, state=GreetingState.COUNTING)
    return counting.update(state=state, ended_at=timezone.now()) == 1


def _tell_desks(run: GreetingRun) -> None:
    """Tell the desks of the agent that a countdown has ended."""
    tell_agents_changed(Participant.objects.filter(pk=run.participant_id).values_list("agent_id", flat=True))
