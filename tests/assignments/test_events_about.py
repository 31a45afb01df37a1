"""What the events of a conversation say of agents and queues, as staff's sockets carry them."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.actors import Actor
from accounts.models import ActorKind, Agent, Company, Queue
from assignments.lifecycle import (
    close_conversation,
    create_or_update_conversation,
    end_conversation,
    take,
    time_out,
    transfer_to_agent,
    transfer_to_queue,
)
from conversations.events import rows_of
from conversations.models import Conversation
from conversations.selectors import Scope, rows_after
from conversations.services import Party
from tests.assignments.conftest import agent_at_desk, system, wait
from tests.leaving import it_returns

pytestmark = pytest.mark.django_db


@pytest.fixture
def maya(company: Company) -> Agent:
    return agent_at_desk(company, "maya", full_name="Maya Byrne")


@pytest.fixture
def tom(company: Company) -> Agent:
    return agent_at_desk(company, "tom", full_name="Tom Okafor")


@pytest.fixture
def held(company: Company, billing: Queue, maya: Agent) -> Conversation:
    conversation = wait(company, "one", billing)
    take(by=of(maya), agent=maya, conversation=conversation)
    conversation.refresh_from_db()
    return conversation


def of(agent: Agent) -> Actor:
    assert agent.user is not None
    return Actor.user(agent.user)


MAYA = {"id": "maya", "name": "Maya Byrne"}
TOM = {"id": "tom", "name": "Tom Okafor"}


def told(conversation: Conversation, after: int) -> list[tuple[str, dict[str, Any]]]:
    """Types without their prefix, and what of the facts is there."""
    rows = [row for row in rows_of(rows_after(conversation.pk, after, 50)) if row["about"] is not None]
    return [
        (row["type"].removeprefix("conversation."), {name: fact for name, fact in (row["about"] or {}).items() if fact})
        for row in rows
    ]


def test_who_waits_and_who_joins(held: Conversation) -> None:
    assert told(held, 0)[-2:] == [
        ("queued", {"by": "system", "to_queue": "Billing"}),
        ("agent_joined", {"by": "agent", "agent": MAYA}),
    ]


def test_a_transfer_to_an_agent(held: Conversation, maya: Agent, tom: Agent) -> None:
    transfer_to_agent(by=of(maya), agent=maya, conversation=held, target=tom, note="Refund promised")
    assert told(held, held.last_sequence) == [
        ("transferred", {"by": "agent", "agent": MAYA, "to_agent": TOM, "from_queue": "Billing"}),
        ("agent_left", {"by": "agent", "agent": MAYA, "to_agent": TOM}),
        ("agent_joined", {"by": "staff", "by_name": "Maya Byrne", "agent": TOM}),
    ]


@pytest.mark.usefixtures("tom")
def test_a_transfer_to_a_queue_by_a_colleague(held: Conversation, maya: Agent, tom: Agent, billing: Queue) -> None:
    transfer_to_queue(by=of(tom), agent=maya, conversation=held, queue=billing)
    by = {"by": "staff", "by_name": "Tom Okafor"}
    assert told(held, held.last_sequence)[:3] == [
        ("transferred", {**by, "agent": MAYA, "from_queue": "Billing", "to_queue": "Billing"}),
        ("agent_left", {**by, "agent": MAYA, "to_queue": "Billing"}),
        ("queued", {**by, "to_queue": "Billing"}),
    ]


def test_a_return_to_the_queue(held: Conversation, maya: Agent) -> None:
    assert maya.user is not None
    it_returns(held, maya.user)
    assert told(held, held.last_sequence)[:1] == [
        ("transferred", {"by": "system", "agent": MAYA, "from_queue": "Billing", "to_queue": "Billing"})
    ]


def test_another_system_gives_it_away(held: Conversation, tom: Agent) -> None:
    create_or_update_conversation(
        by=Actor(held.company_id, ActorKind.CREDENTIAL, "1"),
        scope=Scope(held.company_id, held.environment),
        external_id=held.external_id,
        customer=Party("customer-of-one"),
        started_at=held.started_at,
        agent=Party(tom.external_id),
    )
    assert [row for row in told(held, held.last_sequence) if row[0].startswith("agent")] == [
        ("agent_left", {"by": "system", "agent": MAYA}),
        ("agent_joined", {"by": "system", "agent": TOM}),
    ]


def test_who_ends_it(held: Conversation, maya: Agent) -> None:
    end_conversation(by=of(maya), agent=maya, conversation=held, resolution="resolved")
    assert told(held, held.last_sequence) == [("ended", {"by": "agent", "agent": MAYA})]


def test_the_customer_ends_it(held: Conversation) -> None:
    close_conversation(by=Actor(held.company_id, ActorKind.CUSTOMER, "1"), conversation=held)
    assert told(held, held.last_sequence) == [("ended", {"by": "customer", "agent": MAYA})]


def test_a_time_out(held: Conversation, maya: Agent) -> None:
    time_out(by=system(maya.company), agent=maya, conversation=held)
    assert told(held, held.last_sequence) == [("timed_out", {"by": "system", "agent": MAYA})]


def test_more_events_take_no_more_queries(
    held: Conversation, maya: Agent, tom: Agent, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for here, there in ((maya, tom), (tom, maya), (maya, tom)):
        transfer_to_agent(by=of(here), agent=here, conversation=held, target=there)
    with django_assert_num_queries(3):  # messages, events, who did it
        assert len(told(held, 0)) == 12
