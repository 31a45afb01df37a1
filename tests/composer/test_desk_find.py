"""GET /desk/find: the responses and past customers that the palette finds."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.actors import Actor
from accounts.models import Agent, Company, Queue, User
from assignments.lifecycle import end_conversation
from conversations.models import Conversation
from responses.services import create_response
from tests.assignments.conftest import agent_at_desk, system
from tests.composer.conftest import browser_of, hire
from tests.composer.controlling import browser, held_by
from tests.composer.desk_gate import ULID
from tests.factories import make_list

PATH = "/desk/find"
NOTHING: dict[str, list[Any]] = {"responses": [], "past": []}


def find(client: Client, **asked: str) -> dict[str, Any]:
    return dict(client.get(PATH, asked).json())


def test_only_agents_ask(sam: User, client: Client) -> None:
    assert browser_of(sam).get(PATH).status_code == 403
    assert client.get(PATH).url.startswith("/sign-in")


def test_only_reading_is_allowed(maya: User) -> None:
    assert browser_of(maya).post(PATH).status_code == 405


@pytest.mark.parametrize("term", ["", "  ", "a\0b"])
def test_no_term_finds_nothing(maya: User, talk: Conversation, term: str) -> None:
    assert find(browser_of(maya), q=term, conversation=talk.pk) == NOTHING


def test_own_and_global_responses_by_title_and_text(company: Company, maya: User, talk: Conversation) -> None:
    make_list(company, "Restart the router, please.")
    agent = Agent.objects.get(user=maya, environment="production")
    create_response(
        by=Actor.system(company.pk), agent=agent, title="Router off and on", text="Hello {NAME}, unplug it."
    )
    found = find(browser_of(maya), q="router", conversation=talk.pk)
    assert found["responses"] == [
        {"source": "custom", "title": "Router off and on", "text": "Hello Nora, unplug it."},
        {"source": "global", "title": "", "text": "Restart the router, please."},
    ]


def test_without_a_conversation_no_response_is_offered(company: Company, maya: User) -> None:
    make_list(company, "Restart the router, please.")
    assert find(browser_of(maya), q="router") == NOTHING


def test_a_conversation_that_this_agent_may_not_see_is_none(maya: User, stranger: Company) -> None:
    zoe = hire(stranger, "zoe")
    for conversation in (ULID, "x"):
        assert browser_of(maya).get(PATH, {"q": "a", "conversation": conversation}).status_code == 404
    assert browser_of(zoe).get(PATH, {"q": "a"}).json() == NOTHING


def test_past_customers_by_name(company: Company, billing: Queue) -> None:
    agent = agent_at_desk(company, "ana")
    mine = held_by(agent, billing, "mine")
    end_conversation(by=system(company), agent=agent, conversation=mine, resolution="resolved")
    tom = agent_at_desk(company, "tom")
    others = held_by(tom, billing, "others")
    end_conversation(by=system(company), agent=tom, conversation=others, resolution="resolved")
    name = mine.participants.get(customer__isnull=False).name
    [row] = find(browser(agent), q=name.upper()[:4])["past"]
    assert (row["customer"], row["address"]) == (name, f"/conversations/{mine.pk}")
    assert "Resolved" in row["detail"]
    assert find(browser(agent), q="qqqq")["past"] == []
