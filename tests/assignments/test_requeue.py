"""Conversations whose agent is gone or silent go back to the queue; the sweep sets right what others did."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.actors import Actor
from accounts.models import Agent, Company, Event, Queue
from assignments.lifecycle import (
    assign_waiting,
    create_or_update_conversation,
    requeue_disconnected,
    requeue_unanswered,
)
from assignments.models import Assignment, DeskConnection, QueueEntry, StatusPeriod, Transfer
from assignments.reconcile import reconcile
from assignments.selectors import status_of
from assignments.services import desk_closed, desk_opened, desk_seen, set_first_reply_limit
from assignments.tasks import sweep_queues
from conversations.models import Conversation
from conversations.selectors import Scope
from conversations.services import NewMessage, Party, add_messages
from tests.assignments.conftest import agent_at_desk, close_desk, holder, make_old, system, wait
from tests.composer.conftest import place
from tests.factories import make_conversation


@pytest.fixture
def maya(company: Company) -> Agent:
    return agent_at_desk(company, "maya")


@pytest.fixture
def held(company: Company, billing: Queue, maya: Agent) -> Conversation:  # noqa: ARG001 she must be there
    conversation = wait(company, "one", billing)
    assign_waiting(queue_ids=[billing.pk])
    make_old(conversation, minutes=5)
    return conversation


def write(conversation: Conversation, agent: Agent, *, by: Actor, kind: str = "chat") -> None:
    message = NewMessage("agent", agent.external_id, "Hello", timezone.now(), kind=kind)
    add_messages(by=by, conversation=conversation, messages=[message])


class TestDisconnected:
    def test_after_a_minute_it_waits_at_the_top(self, held: Conversation, maya: Agent, billing: Queue) -> None:
        close_desk(maya, seconds_ago=61)
        assert (requeue_disconnected(), requeue_disconnected()) == (1, 0)
        held.refresh_from_db()
        assert (held.status, held.queue, holder(held)) == ("waiting", billing, None)
        assert QueueEntry.objects.get(left_at__isnull=True).at_top
        assert Assignment.objects.get().end == "returned"
        transfer = Transfer.objects.get()
        assert (transfer.is_automatic, transfer.requested_queue, transfer.exit) == (True, billing, "")

    def test_the_wait_counts_from_the_message_that_nobody_answered(self, held: Conversation, maya: Agent) -> None:
        asked_at = timezone.now() - timedelta(minutes=4)
        message = NewMessage("customer", "customer-of-one", "Are you there?", asked_at)
        add_messages(by=Actor.system(held.company_id), conversation=held, messages=[message])
        close_desk(maya, seconds_ago=61)
        requeue_disconnected()
        entry = QueueEntry.objects.get(left_at__isnull=True)
        assert (entry.waits_since, entry.entered_at > asked_at) == (asked_at, True)

    def test_before_that_it_stays(self, held: Conversation, maya: Agent) -> None:
        close_desk(maya, seconds_ago=50)
        assert requeue_disconnected() == 0
        assert holder(held) == maya

    def test_the_time_is_a_setting(self, held: Conversation, maya: Agent, settings: Settings) -> None:
        settings.DISCONNECT_RETURN_S = 10
        close_desk(maya, seconds_ago=11)
        assert requeue_disconnected() == 1
        assert holder(held) is None

    def test_a_process_that_died_counts_from_when_it_was_seen(self, held: Conversation) -> None:
        DeskConnection.objects.update(seen_at=timezone.now() - timedelta(seconds=61))
        assert requeue_disconnected() == 1
        assert holder(held) is None
        assert not DeskConnection.objects.exists()

    def test_one_open_desk_of_two_is_enough(self, company: Company, held: Conversation, maya: Agent) -> None:
        second = desk_opened(by=system(company), agent=maya)
        DeskConnection.objects.exclude(pk=second.pk).update(seen_at=timezone.now() - timedelta(seconds=90))
        assert requeue_disconnected() == 0
        assert holder(held) == maya

    def test_a_desk_that_slept_is_there_again(self, held: Conversation, maya: Agent) -> None:
        connection = DeskConnection.objects.get()
        DeskConnection.objects.all().delete()
        StatusPeriod.objects.update(ended_at=timezone.now())
        desk_seen(connection=connection)
        assert requeue_disconnected() == 0
        assert holder(held) == maya
        period = status_of(maya)
        assert period is not None
        assert period.status.name == "Active"

    def test_the_next_agent_gets_it_before_others_who_wait(
        self, company: Company, billing: Queue, held: Conversation, maya: Agent
    ) -> None:
        close_desk(maya, seconds_ago=61)
        wait(company, "older", billing, minutes=30)
        tom = agent_at_desk(company, "tom", slots=1)
        sweep_queues()
        assert holder(held) == tom
        transfer = Transfer.objects.get()
        assert (transfer.exit, transfer.actual_agent) == ("TRANSFER_ACCEPTED", tom)
        assert Assignment.objects.get(agent=tom).origin == "returned"

    def test_who_comes_back_gets_it_again_if_nobody_else_did(
        self, company: Company, held: Conversation, maya: Agent, billing: Queue
    ) -> None:
        close_desk(maya, seconds_ago=61)
        requeue_disconnected()
        desk_opened(by=system(company), agent=maya)
        assign_waiting(queue_ids=[billing.pk])
        assert holder(held) == maya

    def test_agents_of_other_systems_keep_theirs(self, company: Company, maya: Agent) -> None:
        outside = make_conversation(company)
        ours_by_api = place(company, "api", status="live", agent=maya.external_id)
        close_desk(maya, seconds_ago=3600)
        assert requeue_disconnected() == 0
        assert holder(outside) is not None
        assert holder(ours_by_api) == maya

    def test_the_status_ends_when_the_agent_was_last_there(self, maya: Agent) -> None:
        StatusPeriod.objects.update(started_at=timezone.now() - timedelta(hours=1))
        close_desk(maya, seconds_ago=61)
        requeue_disconnected()
        assert status_of(maya) is None
        period = StatusPeriod.objects.get()
        assert period.ended_at == maya.capacity.seen_at


class TestFirstReply:
    @pytest.fixture
    def late(self, company: Company, billing: Queue, maya: Agent) -> Conversation:  # noqa: ARG002 she must be there
        set_first_reply_limit(by=system(company), company=company, seconds=30)
        conversation = wait(company, "one", billing)
        assign_waiting(queue_ids=[billing.pk])
        make_old(conversation, minutes=1)
        Assignment.objects.update(first_reply_due_at=timezone.now() - timedelta(seconds=1))
        return conversation

    def test_silence_passes_it_on_to_somebody_else(self, company: Company, late: Conversation, billing: Queue) -> None:
        assert (requeue_unanswered(), requeue_unanswered()) == (1, 0)
        assert assign_waiting(queue_ids=[billing.pk]) == []
        tom = agent_at_desk(company, "tom")
        assign_waiting(queue_ids=[billing.pk])
        assert holder(late) == tom

    def test_a_message_of_the_agent_is_enough(self, late: Conversation, maya: Agent) -> None:
        assert maya.user is not None
        write(late, maya, by=Actor.user(maya.user))
        assert requeue_unanswered() == 0
        assert Assignment.objects.get().first_reply_due_at is None
        assert holder(late) == maya

    def test_a_note_or_a_greeting_of_the_desk_is_not(self, company: Company, late: Conversation, maya: Agent) -> None:
        assert maya.user is not None
        write(late, maya, by=Actor.user(maya.user), kind="note")
        write(late, maya, by=system(company))
        assert requeue_unanswered() == 1
        assert holder(late) is None

    def test_the_limit_is_off_unless_somebody_sets_it(self, held: Conversation) -> None:
        assert Assignment.objects.get().first_reply_due_at is None
        assert requeue_unanswered() == 0
        assert holder(held) is not None

    def test_the_setting_counts_where_the_company_says_nothing(
        self,
        company: Company,
        billing: Queue,
        maya: Agent,  # noqa: ARG002 she must be there
        settings: Settings,
    ) -> None:
        settings.FIRST_REPLY_S = 45
        wait(company, "one", billing)
        [row] = assign_waiting(queue_ids=[billing.pk])
        assert row.first_reply_due_at == row.assigned_at + timedelta(seconds=45)
        set_first_reply_limit(by=system(company), company=company, seconds=0)
        wait(company, "two", billing)
        [row] = assign_waiting(queue_ids=[billing.pk])
        assert row.first_reply_due_at is None


class TestOtherSystems:
    """What another system does to a conversation leaves nothing for the sweep."""

    def test_an_api_call_that_brings_an_agent_ends_the_wait(self, company: Company, billing: Queue) -> None:
        conversation = wait(company, "one", billing)
        self._give(company, conversation, "elsewhere-7")
        assert QueueEntry.objects.get().outcome == "elsewhere"
        row = Assignment.objects.get()
        assert (row.agent.external_id, row.origin, row.ended_at) == ("elsewhere-7", "outside", None)
        assert reconcile() == 0

    def test_an_api_call_that_replaces_the_agent_ends_the_assignment(
        self, company: Company, held: Conversation
    ) -> None:
        self._give(company, held, "elsewhere-7")
        assert list(Assignment.objects.order_by("assigned_at").values_list("origin", "end")) == [
            ("automatic", "outside"),
            ("outside", ""),
        ]
        assert reconcile() == 0

    def test_an_import_brings_those_who_wait_into_their_queue(self, company: Company, billing: Queue) -> None:
        conversation = place(company, "imported", status="waiting")
        entry = QueueEntry.objects.get()
        assert (entry.queue, entry.waits_since) == (billing, conversation.started_at)
        assert reconcile() == 0

    def test_a_customer_who_waits_is_not_moved_by_metadata(
        self, company: Company, billing: Queue, mobile: Queue
    ) -> None:
        conversation = wait(company, "one", billing)
        self._give(company, conversation, None, metadata={"queue": mobile.name})
        conversation.refresh_from_db()
        assert conversation.queue == billing
        assert QueueEntry.objects.get().left_at is None

    @staticmethod
    def _give(
        company: Company, conversation: Conversation, agent: str | None, metadata: dict[str, str] | None = None
    ) -> None:
        create_or_update_conversation(
            by=system(company),
            scope=Scope(company.pk, conversation.environment),
            external_id=conversation.external_id,
            customer=Party("customer-of-one"),
            started_at=conversation.started_at,
            agent=Party(agent, "Elsewhere") if agent is not None else None,
            metadata=metadata,
        )


def test_a_closed_desk_gets_nothing_from_that_moment(company: Company, billing: Queue, maya: Agent) -> None:
    desk_closed(connection=DeskConnection.objects.get(agent=maya))
    wait(company, "one", billing)
    assert assign_waiting(queue_ids=[billing.pk]) == []


def test_numbers_of_events_have_no_gap_after_a_return(held: Conversation, maya: Agent) -> None:
    close_desk(maya, seconds_ago=61)
    requeue_disconnected()
    rows = Event.objects.filter(conversation_id=held.pk).order_by("sequence").values_list("sequence", "type")
    assert list(rows) == [
        (1, "conversation.created"),
        (2, "conversation.queued"),
        (3, "conversation.agent_joined"),
        (4, "conversation.transferred"),
        (5, "conversation.agent_left"),
        (6, "conversation.queued"),
    ]
