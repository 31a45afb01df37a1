"""Conversations end with a disposition, by time-out or because the customer left."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Agent, Company, Queue
from assignments.errors import NotHoldingError
from assignments.lifecycle import (
    assign_waiting,
    close_conversation,
    end_conversation,
    enqueue,
    take,
    time_out,
    transfer_to_agent,
)
from assignments.models import Assignment, Disposition, QueueEntry
from assignments.selectors import free_slots, past_conversations
from conversations.errors import EndedError
from conversations.models import Conversation
from conversations.selectors import events_of
from tests.assignments.conftest import agent_at_desk, holder, system, wait
from tests.composer.conftest import place


@pytest.fixture
def maya(company: Company) -> Agent:
    return agent_at_desk(company, "maya")


@pytest.fixture
def held(company: Company, billing: Queue, maya: Agent) -> Conversation:
    conversation = wait(company, "one", billing)
    take(by=system(company), agent=maya, conversation=conversation)
    return conversation


class TestEnd:
    def test_it_is_over_and_the_slot_is_free(self, company: Company, held: Conversation, maya: Agent) -> None:
        assert free_slots(maya).used == 1
        end_conversation(
            by=system(company), agent=maya, conversation=held, resolution="resolved", notes=" Paid twice, refunded "
        )
        held.refresh_from_db()
        assert (held.status, held.resolution, holder(held)) == ("ended", "resolved", None)
        assert (free_slots(maya).used, free_slots(maya).free) == (0, 4)
        assert Assignment.objects.get().end == "ended"
        row = Disposition.objects.get()
        assert (row.resolution, row.notes, row.disposed_by) == ("resolved", "Paid twice, refunded", maya)
        assert events_of([held.pk]).order_by("-sequence")[0].type == "conversation.ended"

    def test_notes_are_redacted(self, company: Company, held: Conversation, maya: Agent) -> None:
        end_conversation(
            by=system(company), agent=maya, conversation=held, resolution="unresolved", notes="ssn 078-05-1120"
        )
        assert Disposition.objects.get().notes == "ssn [SSN]"

    def test_a_second_end_is_refused(self, company: Company, held: Conversation, maya: Agent) -> None:
        end_conversation(by=system(company), agent=maya, conversation=held, resolution="resolved")
        with pytest.raises(NotHoldingError):
            end_conversation(by=system(company), agent=maya, conversation=held, resolution="unresolved")
        assert Disposition.objects.get().resolution == "resolved"

    def test_only_who_has_it_may_end_it(self, company: Company, held: Conversation, maya: Agent) -> None:
        with pytest.raises(NotHoldingError):
            end_conversation(
                by=system(company), agent=agent_at_desk(company, "tom"), conversation=held, resolution="resolved"
            )
        assert holder(held) == maya

    def test_one_that_an_api_call_gave_me_can_be_ended(self, company: Company, maya: Agent) -> None:
        conversation = place(company, "api", status="live", agent=maya.external_id)
        end_conversation(by=system(company), agent=maya, conversation=conversation, resolution="resolved")
        assert Disposition.objects.get().assignment.origin == "outside"


class TestTimeOut:
    def test_it_ends_as_timed_out(self, company: Company, held: Conversation, maya: Agent) -> None:
        time_out(by=system(company), agent=maya, conversation=held)
        held.refresh_from_db()
        assert (held.status, held.resolution) == ("ended", "timed_out")
        assert (Assignment.objects.get().end, Disposition.objects.get().resolution) == ("timed_out", "timed_out")
        assert events_of([held.pk]).order_by("-sequence")[0].type == "conversation.timed_out"

    def test_who_writes_again_goes_on_at_the_top(
        self, company: Company, held: Conversation, maya: Agent, billing: Queue
    ) -> None:
        time_out(by=system(company), agent=maya, conversation=held)
        wait(company, "older", billing, minutes=30)
        entry = enqueue(by=system(company), conversation=held, queue=billing)
        held.refresh_from_db()
        assert (held.status, held.ended_at, held.resolution, entry.at_top) == ("waiting", None, "", True)
        assert [row.type for row in events_of([held.pk]).order_by("-sequence")[:2]] == [
            "conversation.queued",
            "conversation.resumed",
        ]
        first = assign_waiting(queue_ids=[billing.pk])[0]
        assert first.conversation == held

    def test_after_a_day_it_is_too_late(
        self, company: Company, held: Conversation, maya: Agent, billing: Queue
    ) -> None:
        time_out(by=system(company), agent=maya, conversation=held)
        Conversation.objects.update(ended_at=timezone.now() - timedelta(hours=25))
        with pytest.raises(EndedError):
            enqueue(by=system(company), conversation=held, queue=billing)
        assert QueueEntry.objects.filter(left_at__isnull=True).count() == 0

    def test_only_who_has_it_may_time_out(self, company: Company, held: Conversation, maya: Agent) -> None:
        with pytest.raises(NotHoldingError):
            time_out(by=system(company), agent=agent_at_desk(company, "tom"), conversation=held)
        assert holder(held) == maya


class TestCustomerLeaves:
    def test_from_the_queue(self, company: Company, billing: Queue) -> None:
        conversation = wait(company, "one", billing)
        assert close_conversation(by=system(company), conversation=conversation).status == "ended"
        assert QueueEntry.objects.get().outcome == "abandoned"

    def test_from_an_agent(self, company: Company, held: Conversation, maya: Agent) -> None:
        close_conversation(by=system(company), conversation=held)
        assert (Assignment.objects.get().end, holder(held)) == ("ended", None)
        assert free_slots(maya).used == 0

    def test_twice_is_refused(self, company: Company, held: Conversation) -> None:
        close_conversation(by=system(company), conversation=held)
        with pytest.raises(EndedError):
            close_conversation(by=system(company), conversation=held)


def test_past_conversations_are_mine_each_once_newest_first(
    company: Company, held: Conversation, maya: Agent, billing: Queue
) -> None:
    tom = agent_at_desk(company, "tom")
    by = system(company)
    transfer_to_agent(by=by, agent=maya, conversation=held, target=tom)
    transfer_to_agent(by=by, agent=tom, conversation=held, target=maya)
    end_conversation(by=by, agent=maya, conversation=held, resolution="resolved")
    second = wait(company, "two", billing)
    take(by=by, agent=maya, conversation=second)
    assert [row.conversation for row in past_conversations(maya)] == [held]
    end_conversation(by=by, agent=maya, conversation=second, resolution="unresolved")
    assert [row.conversation for row in past_conversations(maya)] == [second, held]
    assert [row.conversation for row in past_conversations(tom)] == [held]
