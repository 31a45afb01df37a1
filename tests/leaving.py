"""The ways in which a conversation leaves an agent's desk without that agent's doing, or from another desk."""

from __future__ import annotations

from collections.abc import Callable

from django.utils import timezone

from accounts.actors import Actor
from accounts.models import ActorKind, Agent, Company, Environment, User
from assignments.lifecycle import (
    close_conversation,
    create_or_update_conversation,
    end_conversation,
    requeue_unanswered,
    time_out,
    transfer_to_queue,
)
from conversations.models import Conversation, Participant
from conversations.selectors import Scope
from conversations.services import Party
from tests.assignments.conftest import agent_at_desk


def agent_of(user: User) -> Agent:
    return Agent.objects.get(user=user, environment=Environment.PRODUCTION)


def colleague(company: Company) -> Agent:
    """Tom Ward, who is at his desk and answers for the same queue."""
    return agent_at_desk(company, "tom", full_name="Tom Ward")


def customer_ends(talk: Conversation, maya: User) -> None:  # noqa: ARG001
    customer = Participant.objects.get(conversation=talk, role="customer").customer_id
    close_conversation(by=Actor(talk.company_id, ActorKind.CUSTOMER, str(customer)), conversation=talk)


def another_desk_ends(talk: Conversation, maya: User) -> None:
    end_conversation(by=Actor.user(maya), agent=agent_of(maya), conversation=talk, resolution="resolved")


def times_out(talk: Conversation, maya: User) -> None:
    time_out(by=Actor.system(talk.company_id), agent=agent_of(maya), conversation=talk)


def tom_passes_it_on(talk: Conversation, maya: User) -> None:
    tom = User.objects.get(username="tom")
    assert talk.queue is not None
    transfer_to_queue(by=Actor.user(tom), agent=agent_of(maya), conversation=talk, queue=talk.queue)


def it_returns(talk: Conversation, maya: User) -> None:  # noqa: ARG001
    here = Participant.objects.get(conversation=talk, role="agent", left_at__isnull=True)
    assignment = here.assignment
    assignment.first_reply_due_at = timezone.now()
    assignment.save()
    assert requeue_unanswered() == 1


def another_system_gives_it_away(talk: Conversation, maya: User) -> None:  # noqa: ARG001
    create_or_update_conversation(
        by=Actor(talk.company_id, ActorKind.CREDENTIAL, "1"),
        scope=Scope(talk.company_id, talk.environment),
        external_id=talk.external_id,
        customer=Party(Participant.objects.get(conversation=talk, role="customer").external_id),
        started_at=talk.started_at,
        agent=Party("tom"),
    )


# What the head says then, before the time of day.
WAYS: dict[Callable[[Conversation, User], None], str] = {
    customer_ends: "Iris Bell ended the chat at",
    another_desk_ends: "You ended the chat at",
    times_out: "Iris Bell was silent, and the system timed out the chat at",
    tom_passes_it_on: "Passed to Billing by Tom Ward at",
    it_returns: "This chat went back to the queue Billing at",
    another_system_gives_it_away: "Tom Ward took over at",
}
