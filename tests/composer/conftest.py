"""Conversations in any state, as the desk's pages show them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Company, Queue, User
from accounts.services import create_queue, create_user
from asapp_site.routing import websockets
from assignments.lifecycle import import_conversations
from conversations.history import PastConversation, PastMessage
from conversations.models import Conversation
from conversations.selectors import Scope
from conversations.services import Party
from tests.composer.desks import Socket
from tests.factories import PASSWORD, make_company
from tests.sockets import PATIENCE_S, takes_frames_directly

Line = tuple[str, str, float]  # role, text, minutes ago


def place(
    company: Company,
    external_id: str,
    *,
    status: str = "waiting",
    queue: str = "billing",
    agent: str = "",
    customer: str | None = "Nora Fitzgerald",
    customer_id: str = "",
    lines: Sequence[Line] = (("customer", "My bill is wrong", 3),),
    environment: str = "production",
    metadata: dict[str, str] | None = None,
    channel: str = "web",
    resolution: str = "",
    now: datetime | None = None,
) -> Conversation:
    """A conversation in this state; it started with its first line and, if it ended, ended with its last."""
    now = now or timezone.now()
    customer_id = customer_id or f"customer-of-{external_id}"
    senders = {"customer": customer_id, "agent": agent, "system": "bot"}
    past = PastConversation(
        external_id=external_id,
        messages=[PastMessage(role, senders[role], text, now - timedelta(minutes=ago)) for role, text, ago in lines],
        customer=Party(customer_id, customer) if customer is not None else None,
        agent=Party(agent, "") if agent else None,
        queue=queue,
        metadata=metadata or {},
        channel=channel,
        status=status,
        resolution=resolution,
    )
    scope = Scope(company.pk, environment)
    import_conversations(by=Actor.system(company.pk), scope=scope, batch=[past])
    return Conversation.objects.get(company=company, environment=environment, external_id=external_id)


def hire(company: Company, username: str, *roles: str, queues: Sequence[str] = (), full_name: str = "") -> User:
    """A person with these roles, in these queues."""
    by = Actor.system(company.pk)
    rows: list[Queue] = [create_queue(by=by, company=company, name=name) for name in queues]
    return create_user(
        by=by,
        company=company,
        username=username,
        password=PASSWORD,
        roles=roles or ("agent",),
        full_name=full_name,
        queues=rows,
    )[0]


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def company(db: None) -> Company:  # noqa: ARG001 rows need the database
    return make_company()


@pytest.fixture
def stranger(db: None) -> Company:  # noqa: ARG001 rows need the database
    return make_company("globex")


@pytest.fixture
def maya(company: Company) -> User:
    """An agent of the billing queue."""
    return hire(company, "maya", queues=["billing"], full_name="Maya Byrne")


@pytest.fixture
def sam(company: Company) -> User:
    return hire(company, "sam", "supervisor", full_name="Sam Quinn")


@pytest.fixture
def dana(company: Company) -> User:
    return hire(company, "dana", "developer", full_name="Dana Weiss")


@pytest.fixture
async def open_() -> AsyncIterator[Callable[[User], Any]]:
    opened: list[WebsocketCommunicator] = []

    async def connect(user: User | None) -> Socket:
        cookies = b""
        if user is not None:
            client = await database_sync_to_async(browser_of)(user)
            cookies = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}".encode()
        headers = [(b"origin", b"http://localhost"), (b"cookie", cookies)]
        communicator = takes_frames_directly(WebsocketCommunicator(websockets, "/desk/socket", headers))
        connected, _ = await communicator.connect(timeout=PATIENCE_S)
        assert connected
        opened.append(communicator)
        socket = Socket(communicator)
        socket.browser = client if user is not None else None
        return socket

    yield connect
    for communicator in opened:
        await communicator.disconnect(timeout=PATIENCE_S)


@pytest.fixture
def billing(company: Company) -> Queue:
    return create_queue(by=Actor.system(company.pk), company=company, name="billing")


@pytest.fixture
def mobile(company: Company) -> Queue:
    return create_queue(by=Actor.system(company.pk), company=company, name="mobile")


@pytest.fixture
def talk(company: Company, maya: User) -> Conversation:
    """The conversation that maya has with Nora Fitzgerald."""
    return place(company, "talk", status="live", agent=maya.username)
