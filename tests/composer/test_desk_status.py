"""GET and POST /desk/status: the agent's status, open slots and what waits."""

from __future__ import annotations

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import Agent, Company, Queue
from assignments.models import AgentStatus
from assignments.selectors import status_of
from tests.assignments.conftest import agent_at_desk, holder, wait
from tests.composer.controlling import browser, check_gate, held_by, told


@pytest.fixture
def agent(company: Company) -> Agent:
    return agent_at_desk(company, "ana", slots=3)


def status(company: Company, name: str) -> AgentStatus:
    return AgentStatus.objects.get(company=company, name=name)


def test_who_may_open_it(company: Company, stranger: Company) -> None:
    check_gate(company, stranger, "desk-status", None, "GET", "POST")


def test_it_shows_status_slots_and_what_waits(company: Company, agent: Agent, billing: Queue) -> None:
    held_by(agent, billing)
    wait(company, "two", billing, minutes=7)
    wait(company, "three", billing, minutes=1)
    page = browser(agent).get("/desk/status")
    standing = page.context["standing"]
    assert (standing.status, standing.kind, standing.free, standing.total) == ("Active", "active", 2, 3)
    assert (standing.waiting, standing.longest, standing.is_too_long) == (2, "7 min", True)
    html = page.content.decode()
    assert "<b>2</b> of 3 slots free" in html
    assert html.count('aria-pressed="true"') == 1
    assert "Lunch/Break" in html


def test_without_a_desk_the_agent_is_offline(company: Company) -> None:
    page = browser(agent_at_desk(company, "ana", connected=False)).get("/desk/status")
    assert page.context["standing"].status == "Offline"
    assert 'aria-pressed="true"' not in page.content.decode()


def test_another_status_holds_at_once(company: Company, agent: Agent) -> None:
    response = browser(agent).post("/desk/status", {"status": status(company, "Coaching").pk})
    assert response.status_code == 200
    assert told(response) == "You are Coaching now."
    period = status_of(agent)
    assert period is not None
    assert period.status.name == "Coaching"
    assert response.context["standing"].kind == "away"


def test_becoming_active_brings_what_waits(
    company: Company,
    billing: Queue,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    ana = agent_at_desk(company, "ana", status="Training")
    conversation = wait(company, "one", billing)
    with django_capture_on_commit_callbacks(execute=True):
        browser(ana).post("/desk/status", {"status": status(company, "Active").pk})
    assert holder(conversation) == ana


@pytest.mark.parametrize("sent", [{}, {"status": ""}, {"status": "abc"}, {"status": "99999999"}])
def test_bad_input_changes_nothing(agent: Agent, sent: dict[str, str]) -> None:
    response = browser(agent).post("/desk/status", sent)
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    period = status_of(agent)
    assert period is not None
    assert period.status.name == "Active"


def test_a_status_of_another_company_is_refused(stranger: Company, agent: Agent) -> None:
    response = browser(agent).post("/desk/status", {"status": status(stranger, "Coaching").pk})
    assert response.status_code == 422
    period = status_of(agent)
    assert period is not None
    assert period.status.name == "Active"
