"""Conversations move from an agent to another one, or to a queue."""

from __future__ import annotations

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import Agent, Company, Queue
from accounts.services import create_queue
from assignments.errors import (
    EmptyQueueError,
    ForeignError,
    NoFreeSlotError,
    NotHoldingError,
    TargetAwayError,
    TargetIsSelfError,
)
from assignments.lifecycle import (
    assign_waiting,
    close_conversation,
    enqueue,
    take,
    transfer_to_agent,
    transfer_to_queue,
)
from assignments.models import Assignment, QueueEntry, Transfer
from assignments.selectors import transfer_targets
from assignments.services import set_slots
from conversations.models import Conversation, Message
from conversations.selectors import events_of
from tests.assignments.conftest import agent_at_desk, holder, system, wait
from tests.composer.conftest import place
from tests.factories import make_company


@pytest.fixture
def maya(company: Company) -> Agent:
    return agent_at_desk(company, "maya", queues=["billing"], full_name="Maya Byrne")


@pytest.fixture
def tom(company: Company) -> Agent:
    return agent_at_desk(company, "tom", queues=["mobile"], full_name="Tom Okafor")


@pytest.fixture
def held(company: Company, billing: Queue, maya: Agent) -> Conversation:
    conversation = wait(company, "one", billing)
    take(by=system(company), agent=maya, conversation=conversation)
    return conversation


def to_queue(agent: Agent, conversation: Conversation, queue: Queue, note: str = "") -> QueueEntry:
    return transfer_to_queue(by=system(agent.company), agent=agent, conversation=conversation, queue=queue, note=note)


def to_agent(agent: Agent, conversation: Conversation, target: Agent, note: str = "") -> Assignment:
    return transfer_to_agent(by=system(agent.company), agent=agent, conversation=conversation, target=target, note=note)


class TestToQueue:
    def test_it_waits_there_until_somebody_else_gets_it(
        self, held: Conversation, maya: Agent, tom: Agent, mobile: Queue
    ) -> None:
        to_queue(maya, held, mobile)
        held.refresh_from_db()
        assert (held.status, held.queue, holder(held)) == ("waiting", mobile, None)
        assert Transfer.objects.get().exit == ""
        assign_waiting(queue_ids=[mobile.pk])
        assert holder(held) == tom
        row = Transfer.objects.get()
        assert (row.requested_queue, row.requested_agent) == (mobile, None)
        assert (row.actual_queue, row.actual_agent, row.is_accepted) == (mobile, tom, True)
        assert list(Assignment.objects.order_by("pk").values_list("end", "origin")) == [
            ("transferred", "taken"),
            ("", "transfer"),
        ]

    def test_it_goes_on_after_the_commit(
        self,
        held: Conversation,
        maya: Agent,
        tom: Agent,
        mobile: Queue,
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            to_queue(maya, held, mobile)
        assert holder(held) == tom

    def test_it_does_not_come_back_by_itself(
        self, company: Company, held: Conversation, maya: Agent, billing: Queue
    ) -> None:
        other = agent_at_desk(company, "ana", queues=["billing"], slots=1)
        to_queue(maya, held, billing)
        set_slots(by=system(company), agent=other, slots=0)
        assert assign_waiting(queue_ids=[billing.pk]) == []
        take(by=system(company), agent=maya, conversation=held)
        assert holder(held) == maya

    def test_one_that_its_agent_handed_on_holds_nobody_up(
        self, company: Company, held: Conversation, maya: Agent, billing: Queue
    ) -> None:
        other = agent_at_desk(company, "ana", queues=["billing"])
        to_queue(maya, held, billing)
        set_slots(by=system(company), agent=other, slots=0)
        later = wait(company, "later", billing)
        assign_waiting(queue_ids=[billing.pk])
        assert (holder(held), holder(later)) == (None, maya)

    @pytest.mark.usefixtures("tom")
    def test_a_customer_who_leaves_meanwhile_ends_the_transfer(
        self, company: Company, held: Conversation, maya: Agent, mobile: Queue
    ) -> None:
        to_queue(maya, held, mobile)
        close_conversation(by=system(company), conversation=held)
        assert Transfer.objects.get().exit == "CONVERSATION_END"
        assert QueueEntry.objects.order_by("-pk")[0].outcome == "abandoned"

    def test_a_queue_without_anybody_is_refused(self, held: Conversation, maya: Agent, mobile: Queue) -> None:
        with pytest.raises(EmptyQueueError, match="Nobody else in Mobile is available"):
            to_queue(maya, held, mobile)
        assert holder(held) == maya

    def test_the_own_queue_needs_somebody_else(self, held: Conversation, maya: Agent, billing: Queue) -> None:
        with pytest.raises(EmptyQueueError):
            to_queue(maya, held, billing)
        assert holder(held) == maya

    def test_a_queue_of_another_company_is_refused(self, held: Conversation, maya: Agent) -> None:
        globex = make_company("globex")
        with pytest.raises(ForeignError):
            to_queue(maya, held, create_queue(by=system(globex), company=globex, name="billing"))
        assert holder(held) == maya

    def test_what_is_not_mine_cannot_be_moved(
        self, held: Conversation, tom: Agent, maya: Agent, billing: Queue
    ) -> None:
        with pytest.raises(NotHoldingError):
            to_queue(tom, held, billing)
        assert holder(held) == maya


class TestToAgent:
    def test_it_is_theirs_at_once(self, held: Conversation, maya: Agent, tom: Agent) -> None:
        given = to_agent(maya, held, tom)
        assert (holder(held), given.origin) == (tom, "transfer")
        row = Transfer.objects.get()
        assert (row.requested_agent, row.actual_agent, row.exit) == (tom, tom, "TRANSFER_ACCEPTED")
        assert Assignment.objects.get(agent=maya).end == "transferred"
        types = list(events_of([held.pk]).order_by("sequence").values_list("type", flat=True))[-3:]
        assert types == ["conversation.transferred", "conversation.agent_left", "conversation.agent_joined"]

    def test_a_note_is_for_staff_and_redacted(self, held: Conversation, maya: Agent, tom: Agent) -> None:
        to_agent(maya, held, tom, note=" Card 4111 1111 1111 1111 was refused ")
        message = Message.objects.get()
        assert (message.kind, message.text) == ("note", "Card [CARD] was refused")

    def test_one_that_an_api_call_gave_me_can_be_moved(self, company: Company, maya: Agent, tom: Agent) -> None:
        conversation = place(company, "api", status="live", agent=maya.external_id)
        to_agent(maya, conversation, tom)
        assert holder(conversation) == tom
        assert Assignment.objects.get(agent=maya).origin == "outside"

    def test_somebody_without_a_desk_is_refused(self, company: Company, held: Conversation, maya: Agent) -> None:
        with pytest.raises(TargetAwayError, match="Ana Silva is not available"):
            to_agent(maya, held, agent_at_desk(company, "ana", connected=False, full_name="Ana Silva"))
        assert holder(held) == maya

    def test_somebody_who_is_away_is_refused(self, company: Company, held: Conversation, maya: Agent) -> None:
        with pytest.raises(TargetAwayError):
            to_agent(maya, held, agent_at_desk(company, "ana", status="Coaching"))
        assert holder(held) == maya

    def test_somebody_with_full_slots_is_refused(self, company: Company, held: Conversation, maya: Agent) -> None:
        with pytest.raises(NoFreeSlotError, match="Ana Silva has no slots"):
            to_agent(maya, held, agent_at_desk(company, "ana", slots=0, full_name="Ana Silva"))
        assert holder(held) == maya

    def test_myself_is_refused(self, held: Conversation, maya: Agent) -> None:
        with pytest.raises(TargetIsSelfError):
            to_agent(maya, held, maya)
        assert holder(held) == maya

    def test_an_agent_of_another_company_is_refused(self, held: Conversation, maya: Agent) -> None:
        with pytest.raises(ForeignError):
            to_agent(maya, held, agent_at_desk(make_company("globex"), "zoe"))
        assert holder(held) == maya

    def test_what_is_not_mine_cannot_be_moved(
        self, company: Company, held: Conversation, maya: Agent, tom: Agent
    ) -> None:
        with pytest.raises(NotHoldingError):
            to_agent(tom, held, agent_at_desk(company, "ana"))
        assert holder(held) == maya


def test_targets_are_queues_with_somebody_and_agents_with_a_slot(
    company: Company, held: Conversation, maya: Agent, tom: Agent, mobile: Queue
) -> None:
    create_queue(by=system(company), company=company, name="nobody here")
    agent_at_desk(company, "ana", queues=["mobile"], slots=0)
    agent_at_desk(company, "away", queues=["mobile"], status="Training")
    agent_at_desk(make_company("globex"), "zoe", queues=["mobile"])
    queues, agents = transfer_targets(maya, held)
    assert [(row.queue, row.online, row.is_own) for row in queues] == [(mobile, 2, False)]
    assert [(row.agent, row.free) for row in agents] == [(tom, 4)]


@pytest.mark.usefixtures("tom")
def test_a_new_queue_supersedes_an_open_transfer(
    company: Company, held: Conversation, maya: Agent, mobile: Queue, billing: Queue
) -> None:
    to_queue(maya, held, mobile)
    enqueue(by=system(company), conversation=held, queue=billing)
    assert QueueEntry.objects.filter(left_at__isnull=True).get().queue == billing
