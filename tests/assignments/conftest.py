"""A company with two queues, and agents who sit at their desks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Agent, Company, Environment, Queue
from accounts.services import create_queue
from assignments.lifecycle import create_or_update_conversation, enqueue
from assignments.models import AgentStatus, DeskConnection, QueueEntry
from assignments.services import desk_opened, set_slots, set_status
from conversations.models import Channel, Conversation, Participant
from conversations.selectors import Scope
from conversations.services import Party
from tests.composer.conftest import hire
from tests.factories import make_company


def system(company: Company) -> Actor:
    return Actor.system(company.pk)


def agent_at_desk(
    company: Company,
    username: str,
    *,
    queues: Sequence[str] = ("billing",),
    slots: int | None = None,
    status: str = "Active",
    connected: bool = True,
    full_name: str = "",
) -> Agent:
    """An agent of these queues, at an open desk unless `connected` says otherwise."""
    user = hire(company, username, queues=queues, full_name=full_name)
    agent = Agent.objects.select_related("user").get(user=user, environment=Environment.PRODUCTION)
    if slots is not None:
        set_slots(by=system(company), agent=agent, slots=slots)
    if connected:
        desk_opened(by=system(company), agent=agent)
    if connected and status != "Active":
        set_status(by=system(company), agent=agent, status=AgentStatus.objects.get(company=company, name=status))
    return agent


def arrive(company: Company, external_id: str, *, environment: str = "production") -> Conversation:
    """A customer of the web chat, whom nobody has yet."""
    return create_or_update_conversation(
        by=system(company),
        scope=Scope(company.pk, environment),
        external_id=external_id,
        customer=Party(f"customer-of-{external_id}", "Nora Fitzgerald"),
        started_at=timezone.now(),
        channel=Channel.WEB,
    )


def wait(company: Company, external_id: str, queue: Queue, *, minutes: float = 0) -> Conversation:
    """A customer who waits in this queue, since so many minutes."""
    conversation = arrive(company, external_id)
    entry = enqueue(by=system(company), conversation=conversation, queue=queue)
    moment = timezone.now() - timedelta(minutes=minutes)
    QueueEntry.objects.filter(pk=entry.pk).update(entered_at=moment, waits_since=moment)
    conversation.refresh_from_db()
    return conversation


def holder(conversation: Conversation) -> Agent | None:
    row = Participant.objects.filter(conversation=conversation, role="agent", left_at__isnull=True).first()
    return row.agent if row is not None else None


def close_desk(agent: Agent, *, seconds_ago: float) -> None:
    """The agent's machine is off since then, and the server was told."""
    DeskConnection.objects.filter(agent=agent).delete()
    agent.capacity.seen_at = timezone.now() - timedelta(seconds=seconds_ago)
    agent.capacity.save(update_fields=["seen_at"])


def make_old(conversation: Conversation, *, minutes: float) -> None:
    """The present assignment began this long ago."""
    moment = timezone.now() - timedelta(minutes=minutes)
    conversation.assignments.filter(ended_at__isnull=True).update(assigned_at=moment)
    Participant.objects.filter(conversation=conversation, left_at__isnull=True).update(joined_at=moment)


@pytest.fixture
def company(db: None) -> Company:  # noqa: ARG001 rows need the database
    return make_company()


@pytest.fixture
def billing(company: Company) -> Queue:
    return create_queue(by=system(company), company=company, name="billing")


@pytest.fixture
def mobile(company: Company) -> Queue:
    return create_queue(by=system(company), company=company, name="mobile")
