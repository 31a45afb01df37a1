"""What ended without its agent stays on the agent's desk until the agent has said how it went."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.actors import Actor
from accounts.models import ActorKind, Agent, AuditEntry, Company, Queue
from assignments.lifecycle import close_conversation, end_conversation, end_elsewhere, transfer_to_agent
from assignments.models import Assignment, Disposition
from assignments.selectors import free_slots, past_conversations, wrap_ups
from composer.desk.display.cards import cards_for
from conversations.models import Conversation, EventType, Participant
from conversations.selectors import events_of
from tests.assignments.conftest import agent_at_desk
from tests.composer.controlling import browser, held_by, told


@pytest.fixture
def agent(company: Company) -> Agent:
    return agent_at_desk(company, "ana")


@pytest.fixture
def held(agent: Agent, billing: Queue) -> Conversation:
    return held_by(agent, billing)


@pytest.fixture
def left(held: Conversation) -> Conversation:
    """The customer has ended it."""
    return close(held)


def close(conversation: Conversation) -> Conversation:
    customer = Participant.objects.get(conversation=conversation, role="customer").customer_id
    close_conversation(by=Actor(conversation.company_id, ActorKind.CUSTOMER, str(customer)), conversation=conversation)
    conversation.refresh_from_db()
    return conversation


def url(conversation: Conversation) -> str:
    return reverse("desk-end", args=[conversation.pk])


def on_desk(agent: Agent) -> list[str]:
    return [card["id"] for card in cards_for(agent)]


class TestItWaits:
    def test_on_the_desk_of_whoever_had_it_and_takes_no_slot(self, agent: Agent, left: Conversation) -> None:
        [card] = cards_for(agent)
        assert card["id"] == left.pk
        assert card["left"] is not None
        assert (card["left"]["how"], card["left"]["by"]) == ("ended", "customer")
        assert card["waits_since"] is None
        assert free_slots(agent).used == 0
        assert list(past_conversations(agent)) == []

    def test_whatever_system_ended_it(self, company: Company, agent: Agent, held: Conversation) -> None:
        end_elsewhere(by=Actor.system(company.pk), conversation=held)
        assert on_desk(agent) == [held.pk]

    def test_not_what_the_agent_ended(self, agent: Agent, held: Conversation) -> None:
        end_conversation(by=Actor.system(agent.company_id), agent=agent, conversation=held, resolution="resolved")
        assert on_desk(agent) == []

    def test_only_with_the_last_agent(self, company: Company, agent: Agent, held: Conversation) -> None:
        tom = agent_at_desk(company, "tom")
        transfer_to_agent(by=Actor.system(company.pk), agent=agent, conversation=held, target=tom)
        close(held)
        assert (on_desk(agent), on_desk(tom)) == ([], [held.pk])


class TestWrapUp:
    def test_it_asks_with_the_usual_answer_chosen(self, agent: Agent, left: Conversation) -> None:
        html = browser(agent).get(url(left)).content.decode()
        assert "Wrap up the conversation with <bdi>Nora Fitzgerald</bdi>" in html
        assert html.count("checked") == 1
        assert "Time out" not in html

    def test_with_resolution_and_notes_it_leaves_the_desk(self, agent: Agent, left: Conversation) -> None:
        sent = {"resolution": "unresolved", "notes": " Wants card 4111 1111 1111 1111 removed "}
        response = browser(agent).post(url(left), sent)
        assert response.status_code == 204
        assert told(response) == "The conversation with Nora Fitzgerald is wrapped up."
        row = Disposition.objects.get()
        assert (row.resolution, row.notes, row.disposed_by) == ("unresolved", "Wants card [CARD] removed", agent)
        left.refresh_from_db()
        assert left.resolution == "unresolved"
        assert events_of([left.pk]).order_by("-sequence")[0].type == EventType.UPDATED
        assert AuditEntry.objects.filter(action="conversation.wrapped_up", subject_id=left.pk).count() == 1
        assert on_desk(agent) == []
        assert [row.conversation_id for row in past_conversations(agent)] == [left.pk]

    def test_a_second_press_counts_as_the_first(self, agent: Agent, left: Conversation) -> None:
        sent = {"resolution": "resolved", "notes": "Card 4111 1111 1111 1111 refused"}
        assert [browser(agent).post(url(left), sent).status_code for _ in range(2)] == [204, 204]
        assert Disposition.objects.count() == 1

    def test_other_notes_are_not_lost(self, agent: Agent, left: Conversation) -> None:
        client = browser(agent)
        client.post(url(left), {"resolution": "resolved"})
        again = client.post(url(left), {"resolution": "unresolved", "notes": "kept in reach"})
        assert again.status_code == 422
        assert "This conversation is no longer yours." in again.content.decode()
        assert "kept in reach" in again.content.decode()
        assert Disposition.objects.get().resolution == "resolved"

    @pytest.mark.parametrize("sent", [{}, {"resolution": "timed_out"}, {"resolution": "maybe"}])
    def test_bad_input_changes_nothing_and_keeps_the_notes(
        self, agent: Agent, left: Conversation, sent: dict[str, str]
    ) -> None:
        response = browser(agent).post(url(left), {"notes": "Kept", **sent})
        assert response.status_code == 422
        assert "Kept" in response.content.decode()
        assert on_desk(agent) == [left.pk]

    def test_nobody_else_may(self, company: Company, agent: Agent, left: Conversation) -> None:
        response = browser(agent_at_desk(company, "eve")).post(url(left), {"resolution": "resolved"})
        assert response.status_code == 422
        assert on_desk(agent) == [left.pk]

    def test_notes_of_a_transfer_that_came_too_late_stay_in_reach(self, agent: Agent, left: Conversation) -> None:
        path = reverse("desk-transfer", args=[left.pk])
        response = browser(agent).post(path, {"to": f"queue:{left.queue_id}", "note": "The customer has moved"})
        assert response.status_code == 422
        html = response.content.decode()
        assert "This conversation is no longer yours." in html
        assert "The customer has moved" in html


class TestCompanySetting:
    def test_where_it_is_not_asked_the_conversation_is_off_the_desk(
        self, company: Company, agent: Agent, held: Conversation
    ) -> None:
        call_command("set_desk_rules", company.slug, "--wrap-up", "not-asked")
        close(held)
        assert on_desk(agent) == []
        assert [row.conversation_id for row in past_conversations(agent)] == [held.pk]

    def test_those_that_wait_are_let_go(self, company: Company, agent: Agent, left: Conversation) -> None:
        call_command("set_desk_rules", company.slug, "--wrap-up", "not-asked")
        assert on_desk(agent) == []
        call_command("set_desk_rules", company.slug, "--wrap-up", "asked")
        assert not wrap_ups(agent).exists()
        assert Assignment.objects.get(conversation=left).end == "ended"

    def test_other_companies_keep_theirs(self, agent: Agent, left: Conversation, stranger: Company) -> None:
        call_command("set_desk_rules", stranger.slug, "--wrap-up", "not-asked", "--first-reply", "30")
        assert on_desk(agent) == [left.pk]

    @pytest.mark.parametrize(
        "parts",
        [["nobody", "--wrap-up", "asked"], ["acme", "--first-reply", "soon"], ["acme", "--first-reply", "99999999"]],
    )
    @pytest.mark.usefixtures("company")
    def test_what_is_not_there_or_no_number_is_said(self, parts: list[str]) -> None:
        with pytest.raises(CommandError):
            call_command("set_desk_rules", *parts)
