"""GET and POST transfer: a queue or an agent, one press, a note if there is one."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from accounts.models import Agent, Company, Queue
from accounts.services import create_queue
from assignments.lifecycle import assign_waiting
from composer.desk.display.cards import cards_for
from conversations.models import Conversation, Message
from tests.assignments.conftest import agent_at_desk, close_desk, holder, system
from tests.composer.controlling import browser, check_gate, held_by, told


@pytest.fixture
def agent(company: Company) -> Agent:
    return agent_at_desk(company, "ana", full_name="Ana Silva")


@pytest.fixture
def tom(company: Company, mobile: Queue) -> Agent:
    return agent_at_desk(company, "tom", queues=[mobile.name], slots=1, full_name="Tom Okafor")


@pytest.fixture
def held(agent: Agent, billing: Queue) -> Conversation:
    return held_by(agent, billing)


def url(conversation: Conversation) -> str:
    return reverse("desk-transfer", args=[conversation.pk])


def test_who_may_open_it(company: Company, stranger: Company, held: Conversation) -> None:
    check_gate(company, stranger, "desk-transfer", held, "GET", "POST")


def test_it_offers_where_somebody_is_available(
    company: Company, agent: Agent, held: Conversation, tom: Agent, mobile: Queue
) -> None:
    agent_at_desk(company, "full", queues=["mobile"], slots=0, full_name="Full Up")
    agent_at_desk(company, "away", queues=["mobile"], status="Training", full_name="Away Now")
    page = browser(agent).get(url(held))
    assert [(row.value, row.detail) for row in page.context["queues"]] == [(f"queue:{mobile.pk}", "2 available")]
    assert [(row.value, row.detail) for row in page.context["agents"]] == [(f"agent:{tom.pk}", "1 free slot")]


@pytest.mark.parametrize(("term", "queues", "agents"), [("OKA", [], ["Tom Okafor"]), ("mob", ["Mobile"], [])])
@pytest.mark.usefixtures("tom")
def test_the_filter_looks_in_names(
    agent: Agent, held: Conversation, term: str, queues: list[str], agents: list[str]
) -> None:
    page = browser(agent).get(url(held), {"q": term})
    assert [row.name for row in page.context["queues"]] == queues
    assert [row.name for row in page.context["agents"]] == agents


def test_to_an_agent_with_a_note(agent: Agent, held: Conversation, tom: Agent) -> None:
    response = browser(agent).post(url(held), {"to": f"agent:{tom.pk}", "note": "Wants a refund"})
    assert response.status_code == 204
    assert told(response) == "Nora Fitzgerald goes to Tom Okafor."
    assert holder(held) == tom
    assert Message.objects.get(kind="note").text == "Wants a refund"


@pytest.mark.usefixtures("tom")
def test_to_a_queue(agent: Agent, held: Conversation, mobile: Queue) -> None:
    response = browser(agent).post(url(held), {"to": f"queue:{mobile.pk}"})
    assert response.status_code == 204
    assert told(response) == "Nora Fitzgerald goes to mobile."
    held.refresh_from_db()
    assert (held.status, held.queue) == ("waiting", mobile)


def test_an_agent_who_left_meanwhile_is_refused_and_the_note_is_kept(
    agent: Agent, held: Conversation, tom: Agent
) -> None:
    close_desk(tom, seconds_ago=1)
    response = browser(agent).post(url(held), {"to": f"agent:{tom.pk}", "note": "Wants a refund"})
    assert response.status_code == 422
    html = response.content.decode()
    assert "Tom Okafor is not available now." in html
    assert "Wants a refund</textarea>" in html
    assert holder(held) == agent


def test_a_queue_without_anybody_is_refused(agent: Agent, held: Conversation, mobile: Queue) -> None:
    response = browser(agent).post(url(held), {"to": f"queue:{mobile.pk}"})
    assert response.status_code == 422
    assert "Nobody else in Mobile is available now." in response.content.decode()
    assert holder(held) == agent


@pytest.mark.parametrize("to", ["", "queue:", "queue:abc", "queue:99999999", "agent:nobody", "moon:1", "x" * 65])
def test_bad_targets_change_nothing(agent: Agent, held: Conversation, to: str) -> None:
    response = browser(agent).post(url(held), {"to": to})
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    assert holder(held) == agent


def test_targets_of_another_company_are_refused(agent: Agent, held: Conversation, stranger: Company) -> None:
    zoe = agent_at_desk(stranger, "zoe")
    theirs = create_queue(by=system(stranger), company=stranger, name="billing")
    for to in (f"agent:{zoe.pk}", f"queue:{theirs.pk}"):
        assert browser(agent).post(url(held), {"to": to}).status_code == 422
    assert holder(held) == agent


@pytest.mark.parametrize("method", ["get", "post"])
def test_what_somebody_else_has_cannot_be_moved(
    company: Company, held: Conversation, agent: Agent, method: str
) -> None:
    other = agent_at_desk(company, "eve")
    response = getattr(browser(other), method)(url(held), {"to": f"agent:{other.pk}"})
    assert response.status_code == 422
    assert "This conversation is no longer yours." in response.content.decode()
    assert holder(held) == agent


def test_a_second_press_counts_as_the_first(agent: Agent, held: Conversation, tom: Agent, mobile: Queue) -> None:
    client, sent = browser(agent), {"to": f"agent:{tom.pk}", "note": "Wants a refund"}
    assert [client.post(url(held), sent).status_code for _ in range(2)] == [204, 204]
    assert holder(held) == tom
    assert Message.objects.filter(kind="note").count() == 1
    # To somewhere else is another transfer.
    assert client.post(url(held), {"to": f"queue:{mobile.pk}"}).status_code == 422
    assert holder(held) == tom


def test_what_is_held_back_is_checked_and_changes_nothing(
    company: Company, agent: Agent, held: Conversation, tom: Agent
) -> None:
    upto = Conversation.objects.get(pk=held.pk).last_sequence
    sent = {"to": f"agent:{tom.pk}", "note": "Wants a refund", "hold": "1"}
    response = browser(agent).post(url(held), sent)
    assert response.status_code == 204
    assert json.loads(response["HX-Trigger"]) == {"desk:transfer-held": {"to": f"agent:{tom.pk}", "name": "Tom Okafor"}}
    assert holder(held) == agent
    assert Conversation.objects.get(pk=held.pk).last_sequence == upto
    assert not Message.objects.filter(kind="note").exists()
    full = agent_at_desk(company, "full", slots=0, full_name="Full Up")
    response = browser(agent).post(url(held), {**sent, "to": f"agent:{full.pk}"})
    assert response.status_code == 422
    assert "Full Up has no slots for conversations." in response.content.decode()


@pytest.mark.parametrize("through", [False, True], ids=["straight", "through a queue"])
def test_the_receiver_sees_who_and_why(
    agent: Agent, held: Conversation, tom: Agent, mobile: Queue, through: bool
) -> None:
    to = f"queue:{mobile.pk}" if through else f"agent:{tom.pk}"
    browser(agent).post(url(held), {"to": to, "note": "Wants a refund to 4111 1111 1111 1111"})
    if through:
        assign_waiting(queue_ids=[mobile.pk])
    [card] = cards_for(tom)
    assert card["handover"] == {
        "by": "Ana Silva",
        "queue": "Mobile" if through else "",
        "note": "Wants a refund to [CARD]",
    }


def test_what_was_passed_on_before_is_no_news(agent: Agent, held: Conversation, tom: Agent) -> None:
    """There and back again: each sees who passed it on last, and nobody what is over."""
    browser(agent).post(url(held), {"to": f"agent:{tom.pk}", "note": "First"})
    browser(tom).post(url(held), {"to": f"agent:{agent.pk}"})
    [card] = cards_for(agent)
    assert card["handover"] == {"by": "Tom Okafor", "queue": "", "note": ""}
    assert cards_for(tom) == []
