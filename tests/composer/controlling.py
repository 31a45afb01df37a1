"""What the tests of the desk's controls share: agents at their desks, and what every control refuses."""

from __future__ import annotations

import json

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.actors import Actor
from accounts.models import Agent, Company, Queue
from assignments.lifecycle import take
from conversations.models import Conversation
from tests.assignments.conftest import agent_at_desk, wait
from tests.composer.conftest import browser_of, hire


def browser(agent: Agent) -> Client:
    assert agent.user is not None
    return browser_of(agent.user)


def held_by(agent: Agent, queue: Queue, external_id: str = "one") -> Conversation:
    """A conversation that the agent took from the queue."""
    conversation = wait(agent.company, external_id, queue)
    take(by=Actor.system(agent.company_id), agent=agent, conversation=conversation)
    return conversation


def told(response: HttpResponse) -> str:
    """What `desk:done` says."""
    return json.loads(response["HX-Trigger"])["desk:done"]["message"]


def check_gate(company: Company, other: Company, name: str, conversation: Conversation | None, *methods: str) -> None:
    """Anonymous people, people who answer no customers, other companies, bad ids and wrong methods get nowhere."""
    args = [conversation.pk] if conversation is not None else []
    url = reverse(name, args=args)
    for method in methods:
        assert Client().generic(method, url).url.startswith("/sign-in")
        sam = hire(company, f"sam-{method}".lower(), "supervisor")
        assert browser_of(sam).generic(method, url).status_code == 403
    me = browser(agent_at_desk(company, "gatekeeper", connected=False))
    for method in {"GET", "POST", "PUT", "DELETE"} - set(methods):
        assert me.generic(method, url).status_code == 405
    if conversation is None:
        return
    stranger = browser(agent_at_desk(other, "stranger", connected=False))
    for method in methods:
        assert stranger.generic(method, url).status_code == 404
        assert me.generic(method, reverse(name, args=["0" * 26])).status_code == 404
