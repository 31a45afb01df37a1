"""GET and POST end, POST time-out: how conversations leave the desk."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import Agent, Company, Queue
from assignments.lifecycle import close_conversation, transfer_to_agent
from assignments.models import MAX_NOTES_LENGTH, Disposition
from conversations.models import Conversation
from tests.assignments.conftest import agent_at_desk, holder, system
from tests.composer.controlling import browser, check_gate, held_by, told


@pytest.fixture
def agent(company: Company) -> Agent:
    return agent_at_desk(company, "ana")


@pytest.fixture
def held(agent: Agent, billing: Queue) -> Conversation:
    return held_by(agent, billing)


def url(name: str, conversation: Conversation) -> str:
    return reverse(name, args=[conversation.pk])


class TestEnd:
    def test_who_may_open_it(self, company: Company, stranger: Company, held: Conversation) -> None:
        check_gate(company, stranger, "desk-end", held, "GET", "POST")

    def test_it_asks_how_it_went(self, agent: Agent, held: Conversation) -> None:
        html = browser(agent).get(url("desk-end", held)).content.decode()
        assert "End the conversation with <bdi>Nora Fitzgerald</bdi>" in html
        assert html.count('type="radio"') == 2
        assert "checked" not in html

    def test_it_ends_with_resolution_and_notes(self, agent: Agent, held: Conversation) -> None:
        sent = {"resolution": "resolved", "notes": "Refunded to card 4111 1111 1111 1111"}
        response = browser(agent).post(url("desk-end", held), sent)
        assert response.status_code == 204
        assert told(response) == "The conversation with Nora Fitzgerald has ended."
        held.refresh_from_db()
        assert (held.status, held.resolution, holder(held)) == ("ended", "resolved", None)
        assert Disposition.objects.get().notes == "Refunded to card [CARD]"

    @pytest.mark.parametrize(
        "sent",
        [
            {},
            {"resolution": ""},
            {"resolution": "timed_out"},
            {"resolution": "maybe"},
            {"resolution": "resolved", "notes": "x" * (MAX_NOTES_LENGTH + 1)},
        ],
    )
    def test_bad_input_ends_nothing_and_keeps_the_notes(
        self, agent: Agent, held: Conversation, sent: dict[str, str]
    ) -> None:
        response = browser(agent).post(url("desk-end", held), {"notes": "Kept", **sent})
        assert response.status_code == 422
        html = response.content.decode()
        assert 'role="alert"' in html
        assert sent.get("notes", "Kept") in html
        assert holder(held) == agent

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_what_somebody_else_has_cannot_be_ended(
        self, company: Company, held: Conversation, agent: Agent, method: str
    ) -> None:
        response = getattr(browser(agent_at_desk(company, "eve")), method)(
            url("desk-end", held), {"resolution": "resolved"}
        )
        assert response.status_code == 422
        assert holder(held) == agent

    def test_a_second_press_counts_as_the_first(self, agent: Agent, held: Conversation) -> None:
        client = browser(agent)
        client.post(url("desk-end", held), {"resolution": "resolved"})
        response = client.post(url("desk-end", held), {"resolution": "unresolved"})
        assert response.status_code == 204
        assert told(response) == "The conversation with Nora Fitzgerald has ended."
        assert Disposition.objects.get().resolution == "resolved"

    def test_what_somebody_else_moved_is_no_second_press(
        self, company: Company, agent: Agent, held: Conversation
    ) -> None:
        transfer_to_agent(by=system(company), agent=agent, conversation=held, target=agent_at_desk(company, "tom"))
        response = browser(agent).post(url("desk-end", held), {"resolution": "resolved", "notes": "Kept"})
        assert response.status_code == 422
        assert "Kept" in response.content.decode()
        assert not Disposition.objects.exists()

    def test_what_the_customer_ended_is_wrapped_up(self, company: Company, agent: Agent, held: Conversation) -> None:
        close_conversation(by=system(company), conversation=held)
        response = browser(agent).post(url("desk-end", held), {"resolution": "resolved"})
        assert told(response) == "The conversation with Nora Fitzgerald is wrapped up."
        assert Disposition.objects.get().resolution == "resolved"


class TestTimeOut:
    def test_who_may_do_it(self, company: Company, stranger: Company, held: Conversation) -> None:
        check_gate(company, stranger, "desk-time-out", held, "POST")

    def test_it_ends_as_timed_out(self, agent: Agent, held: Conversation) -> None:
        response = browser(agent).post(url("desk-time-out", held))
        assert response.status_code == 204
        assert told(response) == "Nora Fitzgerald is timed out."
        held.refresh_from_db()
        assert (held.status, held.resolution) == ("ended", "timed_out")

    def test_a_second_press_counts_as_the_first(self, agent: Agent, held: Conversation) -> None:
        client = browser(agent)
        assert [client.post(url("desk-time-out", held)).status_code for _ in range(2)] == [204, 204]
        assert Disposition.objects.get().resolution == "timed_out"
        # To end what is timed out is another thing, and it did not happen.
        assert client.post(url("desk-end", held), {"resolution": "resolved"}).status_code == 422

    def test_what_somebody_else_has_stays(self, company: Company, held: Conversation, agent: Agent) -> None:
        response = browser(agent_at_desk(company, "eve")).post(url("desk-time-out", held))
        assert response.status_code == 422
        assert "This conversation is no longer yours." in response.content.decode()
        assert holder(held) == agent
