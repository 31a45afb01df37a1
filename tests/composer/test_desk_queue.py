"""GET /desk/queue and POST take: who waits in the agent's queues, and taking one of them."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import Agent, Company, Queue
from accounts.services import create_queue
from conversations.models import Conversation
from tests.assignments.conftest import agent_at_desk, holder, system, wait
from tests.composer.controlling import browser, check_gate, held_by, told
from tests.factories import say


@pytest.fixture
def agent(company: Company) -> Agent:
    return agent_at_desk(company, "ana", slots=1)


@pytest.fixture
def waiting(company: Company, billing: Queue) -> Conversation:
    return wait(company, "one", billing, minutes=7)


def take(agent: Agent, conversation: Conversation):
    return browser(agent).post(reverse("desk-take", args=[conversation.pk]))


def test_who_may_see_the_queue(company: Company, stranger: Company) -> None:
    check_gate(company, stranger, "desk-queue", None, "GET")


def test_who_may_take(company: Company, stranger: Company, waiting: Conversation) -> None:
    check_gate(company, stranger, "desk-take", waiting, "POST")


def test_it_shows_who_is_next_first(company: Company, billing: Queue, agent: Agent, waiting: Conversation) -> None:
    say(waiting, "My bill is wrong")
    young = wait(company, "two", billing, minutes=1)
    mobile = create_queue(by=system(company), company=company, name="mobile")
    wait(company, "elsewhere", mobile, minutes=30)
    page = browser(agent).get("/desk/queue")
    rows = page.context["waiting"]
    assert [(row.id, row.position, row.wait) for row in rows] == [
        (waiting.pk, 1, "7 min"),
        (young.pk, 2, "1 min"),
    ]
    html = page.content.decode()
    assert "Nora Fitzgerald" in html
    assert "My bill is wrong" in html
    assert html.count("Waiting too long: ") == 1


def test_take_cannot_be_pressed_while_no_slot_is_free(agent: Agent, billing: Queue, waiting: Conversation) -> None:
    button = re.compile(rf'<button[^>]* aria-describedby="waiting-name-{waiting.pk}[^>]*>Take</button>')

    def take_button() -> str:
        [found] = button.findall(browser(agent).get("/desk/queue").content.decode())
        return str(found)

    assert "disabled" not in take_button()
    held_by(agent, billing, "mine")
    assert "disabled" in take_button()
    assert "take-why-not" in take_button(), "the reason is read with it"


def test_it_says_so_when_nobody_waits(agent: Agent) -> None:
    assert "Nobody is waiting in your queues." in browser(agent).get("/desk/queue").content.decode()


def test_queries_do_not_grow_with_the_queue(
    company: Company, billing: Queue, agent: Agent, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        wait(company, f"c{number}", billing)
    client = browser(agent)
    with django_assert_num_queries(12):
        client.get("/desk/queue")


def test_taking_one_makes_it_mine(agent: Agent, waiting: Conversation) -> None:
    response = take(agent, waiting)
    assert response.status_code == 204
    assert told(response) == "Nora Fitzgerald is with you now."
    assert holder(waiting) == agent


def test_a_second_press_counts_as_the_first(agent: Agent, waiting: Conversation) -> None:
    take(agent, waiting)
    response = take(agent, waiting)
    assert response.status_code == 204
    assert told(response) == "Nora Fitzgerald is with you now."
    assert waiting.assignments.count() == 1


def test_one_that_somebody_else_took_is_refused_with_the_name(company: Company, agent: Agent, billing: Queue) -> None:
    tom = agent_at_desk(company, "tom", full_name="Tom Okafor")
    conversation = held_by(tom, billing)
    response = take(agent, conversation)
    assert response.status_code == 422
    assert "Tom Okafor has already taken this conversation." in response.content.decode()
    assert holder(conversation) == tom


def test_without_a_free_slot_it_is_refused(agent: Agent, billing: Queue, waiting: Conversation) -> None:
    held_by(agent, billing, "mine")
    response = take(agent, waiting)
    assert response.status_code == 422
    assert "You have no free slot: all 1 are in use." in response.content.decode()
    assert holder(waiting) is None
