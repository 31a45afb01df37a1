"""Companies with queues, and browsers that chat with them."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Company
from accounts.services import create_queue
from assignments.lifecycle import close_conversation, create_or_update_conversation, end_elsewhere
from conversations.models import Conversation, MessageKind, Resolution
from conversations.selectors import Scope
from conversations.services import NewMessage, Party, add_messages
from tests.factories import make_company
from widget.cookies import COOKIE
from widget.models import Visitor


def company_with(*queues: str, slug: str = "acme") -> Company:
    company = make_company(slug)
    for name in queues:
        create_queue(by=Actor.system(company.pk), company=company, name=name)
    return company


def start(company: Company, browser: Client | None = None, **fields: str) -> Client:
    """Fill in the form and return the browser."""
    browser = browser or Client()
    browser.get(f"/chat/{company.slug}")
    response = browser.post(f"/chat/{company.slug}", {"name": "Nora", "queue": "billing", **fields})
    assert response.status_code == 303
    return browser


def visitor(browser: Client) -> Visitor:
    """Return the visitor of a browser that has started a conversation."""
    return Visitor.objects.select_related("conversation", "customer").get(
        token_digest=digest_of(browser.cookies[COOKIE].value)
    )


def digest_of(cookie: str) -> str:
    from widget.cookies import token_of
    from widget.selectors import token_digest

    token = token_of({COOKIE: cookie})
    assert token is not None
    return token_digest(token)


def answer(conversation: Conversation, text: str, *, kind: str = MessageKind.CHAT, sender: str = "maya") -> str:
    """Add a message of an agent and return its id."""
    message = NewMessage(role="agent", sender=sender, text=text, sent_at=timezone.now(), kind=kind)
    [row] = add_messages(by=Actor.system(conversation.company_id), conversation=conversation, messages=[message])
    return row.pk


def admit(conversation: Conversation, agent: str = "maya", name: str | None = "Maya Byrne") -> None:
    """Assign the conversation to this agent."""
    customer = conversation.participants.select_related("customer").get(role="customer")
    create_or_update_conversation(
        by=Actor.system(conversation.company_id),
        scope=Scope(conversation.company_id, conversation.environment),
        external_id=conversation.external_id,
        customer=Party(customer.external_id),
        started_at=conversation.started_at,
        agent=Party(agent, name),
    )


def end(conversation: Conversation) -> None:
    """End the conversation."""
    close_conversation(by=Actor.system(conversation.company_id), conversation=conversation)
    conversation.refresh_from_db()


def time_out(conversation: Conversation) -> None:
    """End the conversation because the customer is silent."""
    end_elsewhere(by=Actor.system(conversation.company_id), conversation=conversation, resolution=Resolution.TIMED_OUT)
    conversation.refresh_from_db()


@pytest.fixture
def company(db: None) -> Company:  # noqa: ARG001 rows need the database
    return company_with("billing", "internet")


@pytest.fixture
def nora(company: Company) -> Client:
    """The browser of a customer whose chat waits in billing."""
    return start(company)


@pytest.fixture
def conversation(nora: Client) -> Conversation:
    conversation = visitor(nora).conversation
    assert conversation is not None
    return conversation
