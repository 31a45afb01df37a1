"""GET /desk/past: what the agent had before."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Agent, Company, Queue
from assignments.lifecycle import end_conversation, transfer_to_agent
from composer.desk.display.controls import PAST_PER_PAGE
from conversations.services import NewMessage, add_messages
from tests.assignments.conftest import agent_at_desk, system
from tests.composer.controlling import browser, check_gate, held_by
from tests.factories import say


@pytest.fixture
def agent(company: Company) -> Agent:
    return agent_at_desk(company, "ana")


def end(agent: Agent, queue: Queue, external_id: str, resolution: str = "resolved") -> str:
    conversation = held_by(agent, queue, external_id)
    end_conversation(by=system(agent.company), agent=agent, conversation=conversation, resolution=resolution)
    return conversation.pk


def test_who_may_open_it(company: Company, stranger: Company) -> None:
    check_gate(company, stranger, "desk-past", None, "GET")


def test_it_shows_mine_newest_first_with_how_they_ended(company: Company, agent: Agent, billing: Queue) -> None:
    tom = agent_at_desk(company, "tom")
    end(tom, billing, "not mine")
    first = end(agent, billing, "first", "unresolved")
    moved = held_by(agent, billing, "moved")
    transfer_to_agent(by=system(company), agent=agent, conversation=moved, target=tom)
    held_by(agent, billing, "still mine")
    page = browser(agent).get("/desk/past")
    assert [(row.id, row.outcome) for row in page.context["rows"]] == [(moved.pk, "Transferred"), (first, "Unresolved")]
    html = page.content.decode()
    assert f'href="{reverse("conversation", args=[first])}"' in html
    assert browser(agent).get(reverse("conversation", args=[moved.pk])).status_code == 200


def test_it_says_so_when_there_is_none(agent: Agent) -> None:
    assert "appear here after they end" in browser(agent).get("/desk/past").content.decode()


def test_more_come_page_by_page(
    agent: Agent, billing: Queue, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ids = [end(agent, billing, f"c{number}") for number in range(PAST_PER_PAGE + 2)][::-1]
    client = browser(agent)
    with django_assert_num_queries(9):
        first = client.get("/desk/past")
    assert [row.id for row in first.context["rows"]] == ids[:PAST_PER_PAGE]
    assert "?page=2" in first.content.decode()
    second = client.get("/desk/past?page=2")
    assert [row.id for row in second.context["rows"]] == ids[PAST_PER_PAGE:]
    assert "<section" not in second.content.decode()


@pytest.mark.parametrize("page", ["0", "-1", "abc", "99999", "²"])
def test_bad_pages_are_the_first(agent: Agent, billing: Queue, page: str) -> None:
    end(agent, billing, "one")
    assert browser(agent).get("/desk/past", {"page": page}).context["page"] == 1


class TestReading:
    def test_who_may_read_one(self, company: Company, stranger: Company, agent: Agent, billing: Queue) -> None:
        check_gate(company, stranger, "desk-read-past", held_by(agent, billing, "one"), "GET")

    def test_the_list_shows_the_last_line_and_the_sheet_all(self, agent: Agent, billing: Queue) -> None:
        conversation = held_by(agent, billing, "one")
        say(conversation, "Is it on its way?")
        message = NewMessage(role="agent", sender=agent.external_id, text="It is.", sent_at=timezone.now())
        add_messages(by=system(agent.company), conversation=conversation, messages=[message])
        end_conversation(by=system(agent.company), agent=agent, conversation=conversation, resolution="resolved")
        client = browser(agent)
        page = client.get("/desk/past")
        assert [row.last_line for row in page.context["rows"]] == ["You: It is."]
        address = reverse("desk-read-past", args=[conversation.pk])
        assert f'hx-get="{address}"' in page.content.decode()
        html = client.get(address).content.decode()
        for words in (
            "Is it on its way?",
            "It is.",
            reverse("desk-past"),
            reverse("conversation", args=[conversation.pk]),
        ):
            assert words in html

    def test_an_unknown_one_is_not_there(self, agent: Agent) -> None:
        assert browser(agent).get("/desk/past/nothing").status_code == 404
