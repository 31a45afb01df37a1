"""Waiting conversations go to free agents: who first, to whom, and to whom not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import Agent, AuditEntry, Company, Event, Queue, UserRole
from assignments.lifecycle import assign_waiting, end_conversation, end_elsewhere, enqueue
from assignments.models import AgentCapacity, AgentStatus, Assignment, DeskConnection, QueueEntry
from assignments.services import desk_opened, set_slots, set_status
from assignments.tasks import sweep_queues
from conversations.errors import EndedError, HeldError
from conversations.models import Channel, Conversation, Participant
from tests.assignments.conftest import agent_at_desk, arrive, holder, system, wait
from tests.factories import make_company, make_conversation


def assign(*queues: Queue) -> list[Assignment]:
    return assign_waiting(queue_ids=[queue.pk for queue in queues])


def test_what_another_system_runs_takes_no_slot(company: Company, billing: Queue) -> None:
    maya = agent_at_desk(company, "maya", slots=1)
    make_conversation(company, "theirs", agent=maya.external_id, channel=Channel.API)
    mine, one_more = wait(company, "mine", billing), wait(company, "one more", billing)
    assign(billing)
    assert (holder(mine), holder(one_more)) == (maya, None)


class TestEnqueue:
    def test_the_customer_waits_and_the_event_says_so(self, company: Company, billing: Queue) -> None:
        conversation = wait(company, "one", billing)
        assert (conversation.status, conversation.queue) == ("waiting", billing)
        assert QueueEntry.objects.get().left_at is None
        assert list(Event.objects.order_by("sequence").values_list("sequence", "type")) == [
            (1, "conversation.created"),
            (2, "conversation.queued"),
        ]
        assert not AuditEntry.objects.filter(subject_id=conversation.pk).exists()

    def test_who_is_free_gets_it_after_the_commit(
        self, company: Company, billing: Queue, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        maya = agent_at_desk(company, "maya")
        with django_capture_on_commit_callbacks(execute=True):
            conversation = arrive(company, "one")
            enqueue(by=system(company), conversation=conversation, queue=billing)
            assert holder(conversation) is None
        assert holder(conversation) == maya
        entry = QueueEntry.objects.get()
        assert (entry.outcome, entry.left_at is None) == ("assigned", False)
        assert Conversation.objects.get().status == "live"

    def test_who_waits_there_already_keeps_the_place(self, company: Company, billing: Queue) -> None:
        conversation = wait(company, "one", billing, minutes=5)
        entry = enqueue(by=system(company), conversation=conversation, queue=billing)
        assert entry.entered_at < timezone.now() - timedelta(minutes=4)
        assert QueueEntry.objects.count() == 1

    def test_another_queue_ends_the_wait_in_the_first(self, company: Company, billing: Queue, mobile: Queue) -> None:
        conversation = wait(company, "one", billing)
        enqueue(by=system(company), conversation=conversation, queue=mobile)
        entries = QueueEntry.objects.order_by("pk").values_list("queue__name", "outcome")
        assert list(entries) == [("billing", "moved"), ("mobile", "")]

    def test_one_whom_an_agent_has_does_not_wait(self, company: Company, billing: Queue) -> None:
        with pytest.raises(HeldError):
            enqueue(by=system(company), conversation=make_conversation(company), queue=billing)

    def test_one_that_ended_does_not_go_on(self, company: Company, billing: Queue) -> None:
        conversation = arrive(company, "one")
        end_elsewhere(by=system(company), conversation=conversation, resolution="resolved")
        with pytest.raises(EndedError):
            enqueue(by=system(company), conversation=conversation, queue=billing)


class TestOrder:
    def test_the_longest_wait_goes_first_over_all_queues(self, company: Company, billing: Queue, mobile: Queue) -> None:
        wait(company, "young", billing, minutes=1)
        old = wait(company, "old", mobile, minutes=9)
        agent_at_desk(company, "maya", queues=["billing", "mobile"], slots=1)
        assert [row.conversation for row in assign(billing, mobile)] == [old]

    def test_the_top_of_the_queue_goes_before_longer_waits(self, company: Company, billing: Queue) -> None:
        wait(company, "old", billing, minutes=9)
        resumed = wait(company, "resumed", billing)
        QueueEntry.objects.filter(conversation=resumed).update(at_top=True)
        agent_at_desk(company, "maya", slots=1)
        assert [row.conversation for row in assign(billing)] == [resumed]

    def test_the_least_loaded_agent_gets_the_next(self, company: Company, billing: Queue) -> None:
        maya, tom = agent_at_desk(company, "maya"), agent_at_desk(company, "tom")
        for number in range(4):
            wait(company, f"c{number}", billing)
        assign(billing)
        assert sorted(Assignment.objects.values_list("agent__external_id", flat=True)) == ["maya", "maya", "tom", "tom"]
        assert {maya.pk, tom.pk} == set(Assignment.objects.values_list("agent", flat=True))

    def test_among_equals_who_was_idle_longest_gets_it(self, company: Company, billing: Queue) -> None:
        maya, tom = agent_at_desk(company, "maya"), agent_at_desk(company, "tom")
        AgentCapacity.objects.filter(agent=maya).update(busy_at=timezone.now())
        AgentCapacity.objects.filter(agent=tom).update(busy_at=timezone.now() - timedelta(minutes=5))
        wait(company, "one", billing)
        assert [row.agent for row in assign(billing)] == [tom]

    def test_a_chat_of_the_past_is_no_load(self, company: Company, billing: Queue) -> None:
        maya = agent_at_desk(company, "maya", slots=1)
        wait(company, "one", billing)
        [first] = assign(billing)
        end_conversation(by=system(company), agent=maya, conversation=first.conversation, resolution="resolved")
        wait(company, "two", billing)
        assert [row.agent for row in assign(billing)] == [maya]


class TestWhoGetsNothing:
    @pytest.fixture
    def waiting(self, company: Company, billing: Queue) -> Conversation:
        return wait(company, "one", billing)

    def test_an_agent_without_a_desk(self, company: Company, billing: Queue, waiting: Conversation) -> None:
        agent_at_desk(company, "maya", connected=False)
        assert assign(billing) == []
        assert holder(waiting) is None

    def test_an_agent_whose_desk_has_died(self, company: Company, billing: Queue, waiting: Conversation) -> None:
        agent_at_desk(company, "maya")
        DeskConnection.objects.update(seen_at=timezone.now() - timedelta(seconds=50))
        assert assign(billing) == []
        assert holder(waiting) is None

    def test_an_agent_in_an_away_status(self, company: Company, billing: Queue, waiting: Conversation) -> None:
        agent_at_desk(company, "maya", status="Lunch/Break")
        assert assign(billing) == []
        assert holder(waiting) is None

    def test_an_agent_of_other_queues(
        self, company: Company, billing: Queue, mobile: Queue, waiting: Conversation
    ) -> None:
        agent_at_desk(company, "maya", queues=["mobile"])
        assert assign(billing, mobile) == []
        assert holder(waiting) is None

    def test_an_agent_without_a_free_slot(self, company: Company, billing: Queue, waiting: Conversation) -> None:
        maya = agent_at_desk(company, "maya", slots=2)
        more = [wait(company, f"more{number}", billing) for number in range(3)]
        assert len(assign(billing)) == 2
        assert Participant.objects.filter(agent=maya, left_at__isnull=True).count() == 2
        assert [holder(row) for row in [waiting, *more]].count(None) == 2

    def test_a_person_who_is_no_agent_any_more(self, company: Company, billing: Queue, waiting: Conversation) -> None:
        maya = agent_at_desk(company, "maya")
        UserRole.objects.filter(user=maya.user).delete()
        assert assign(billing) == []
        assert holder(waiting) is None

    def test_agents_of_another_company(self, billing: Queue, waiting: Conversation) -> None:
        agent_at_desk(make_company("globex"), "zoe", queues=["billing"])
        assert assign(billing) == []
        assert holder(waiting) is None

    def test_the_sandbox_gets_no_desk_and_holds_nobody_up(self, company: Company, billing: Queue) -> None:
        conversation = arrive(company, "tried", environment="sandbox")
        enqueue(by=system(company), conversation=conversation, queue=billing)
        real = wait(company, "real", billing)
        agent_at_desk(company, "maya")
        assert [row.conversation for row in assign(billing)] == [real]


class TestAfterChanges:
    """Each of these assigns what waits, once it is committed."""

    @pytest.fixture
    def waiting(self, company: Company, billing: Queue) -> Conversation:
        return wait(company, "one", billing)

    def test_a_desk_opens(
        self,
        company: Company,
        waiting: Conversation,
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        maya = agent_at_desk(company, "maya", connected=False)
        with django_capture_on_commit_callbacks(execute=True):
            desk_opened(by=system(company), agent=maya)
        assert holder(waiting) == maya

    def test_a_status_becomes_active(
        self,
        company: Company,
        waiting: Conversation,
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        maya = agent_at_desk(company, "maya", status="Coaching")
        with django_capture_on_commit_callbacks(execute=True):
            set_status(by=system(company), agent=maya, status=AgentStatus.objects.get(name="Active"))
        assert holder(waiting) == maya

    def test_an_agent_gets_more_slots(
        self,
        company: Company,
        waiting: Conversation,
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        maya = agent_at_desk(company, "maya", slots=0)
        with django_capture_on_commit_callbacks(execute=True):
            set_slots(by=system(company), agent=maya, slots=1)
        assert holder(waiting) == maya

    def test_a_conversation_ends(
        self,
        company: Company,
        billing: Queue,
        waiting: Conversation,
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        maya = agent_at_desk(company, "maya", slots=1)
        assign(billing)
        second = wait(company, "two", billing)
        with django_capture_on_commit_callbacks(execute=True):
            end_conversation(by=system(company), agent=maya, conversation=waiting, resolution="resolved")
        assert holder(second) == maya

    def test_the_sweep_does_what_all_of_these_did_not(self, company: Company, waiting: Conversation) -> None:
        maya = agent_at_desk(company, "maya")
        assert (sweep_queues(), sweep_queues()) == (1, 0)
        assert holder(waiting) == maya


def test_the_assignment_tells_how_it_came(company: Company, billing: Queue) -> None:
    maya: Agent = agent_at_desk(company, "maya")
    conversation = wait(company, "one", billing)
    [row] = assign(billing)
    assert (row.conversation, row.agent, row.queue, row.origin) == (conversation, maya, billing, "automatic")
    assert row.participant.agent == maya
    assert row.first_reply_due_at is None
