"""An agent takes a waiting conversation by hand."""

from __future__ import annotations

import pytest

from accounts.actors import Actor
from accounts.models import Agent, Company, Event, Queue
from assignments.errors import ForeignError, NoFreeSlotError, NotWaitingError, NotYourQueueError
from assignments.lifecycle import take
from assignments.models import Assignment, QueueEntry
from conversations.models import Conversation
from tests.assignments.conftest import agent_at_desk, arrive, holder, system, wait
from tests.factories import make_company


def taken(agent: Agent, conversation: Conversation) -> Assignment:
    return take(by=Actor.system(agent.company_id), agent=agent, conversation=conversation)


@pytest.fixture
def maya(company: Company) -> Agent:
    return agent_at_desk(company, "maya", slots=2)


@pytest.fixture
def waiting(company: Company, billing: Queue) -> Conversation:
    return wait(company, "one", billing)


def test_it_is_the_agents_from_then_on(maya: Agent, waiting: Conversation) -> None:
    assert taken(maya, waiting).origin == "taken"
    assert holder(waiting) == maya
    assert QueueEntry.objects.get().outcome == "taken"


def test_it_may_be_out_of_turn_and_in_an_away_status(company: Company, billing: Queue) -> None:
    wait(company, "older", billing, minutes=9)
    young = wait(company, "young", billing)
    maya = agent_at_desk(company, "maya", status="Training")
    taken(maya, young)
    assert holder(young) == maya


def test_the_second_agent_hears_who_was_faster(company: Company, maya: Agent, waiting: Conversation) -> None:
    taken(maya, waiting)
    with pytest.raises(NotWaitingError, match="maya has already taken this conversation"):
        taken(agent_at_desk(company, "tom"), waiting)
    assert holder(waiting) == maya


def test_one_that_waits_in_no_queue_cannot_be_taken(company: Company, maya: Agent) -> None:
    with pytest.raises(NotWaitingError, match="is no longer waiting"):
        taken(maya, arrive(company, "automated"))


def test_one_of_another_queue_cannot_be_taken(company: Company, maya: Agent, mobile: Queue) -> None:
    conversation = wait(company, "one", mobile)
    with pytest.raises(NotYourQueueError):
        taken(maya, conversation)
    assert holder(conversation) is None


def test_slots_hold_for_taking_too(company: Company, billing: Queue, maya: Agent) -> None:
    rows = [wait(company, f"c{number}", billing) for number in range(3)]
    taken(maya, rows[0])
    taken(maya, rows[1])
    with pytest.raises(NoFreeSlotError, match="You have no free slot: all 2 are in use"):
        taken(maya, rows[2])
    assert holder(rows[2]) is None


def test_one_of_another_company_cannot_be_taken(waiting: Conversation) -> None:
    zoe = agent_at_desk(make_company("globex"), "zoe")
    with pytest.raises(ForeignError):
        taken(zoe, waiting)
    assert holder(waiting) is None


def test_the_event_says_who_got_it_and_no_audit_entry_repeats_it(
    company: Company, maya: Agent, waiting: Conversation
) -> None:
    taken(maya, waiting)
    event = Event.objects.get(conversation_id=waiting.pk, type="conversation.agent_joined")
    assert (event.agent, event.actor_kind) == (maya, system(company).kind)
    assert not company.audit_entries.filter(subject_id=waiting.pk).exists()
