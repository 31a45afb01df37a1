"""What a customer is told when agents join and leave."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async as in_thread
from channels.testing import WebsocketCommunicator
from django.test import Client

from accounts.actors import Actor
from accounts.models import Agent, Company, Event, Queue
from asapp_site.routing import websockets
from assignments.lifecycle import (
    assign_waiting,
    requeue_disconnected,
    take,
    transfer_to_agent,
    transfer_to_queue,
)
from assignments.services import desk_opened
from conversations.models import Conversation, EventType
from tests.assignments.conftest import agent_at_desk, close_desk, holder, make_old
from tests.widget.test_chat_socket import Socket
from widget.cookies import COOKIE

pytestmark = pytest.mark.django_db(transaction=True)

JOINED, LEFT = "conversation.agent_joined", "conversation.agent_left"


@pytest.fixture
def billing(company: Company) -> Queue:
    return Queue.objects.get(company=company, name="billing")


@pytest.fixture
def maya(company: Company, conversation: Conversation) -> Agent:
    """An agent who has had the conversation for five minutes."""
    maya = agent_at_desk(company, "maya", full_name="Maya Byrne")
    if holder(conversation) is None:  # else it was assigned to her when she came
        take(by=person(maya), agent=maya, conversation=conversation)
    make_old(conversation, minutes=5)
    return maya


@pytest.fixture
def tom(company: Company, maya: Agent) -> Agent:  # noqa: ARG001 after her
    return agent_at_desk(company, "tom", full_name="Tom Okafor")


def person(agent: Agent) -> Actor:
    assert agent.user is not None
    return Actor.user(agent.user)


def lose_line(agent: Agent) -> None:
    close_desk(agent, seconds_ago=61)
    assert requeue_disconnected() == 1


def come_back(agent: Agent, queue: Queue) -> None:
    desk_opened(by=person(agent), agent=agent)
    assign_waiting(queue_ids=[queue.pk])


def shown_moves(rows: list[dict[str, Any]]) -> list[tuple[str, Any]]:
    """Return the rows about agents, without the first one, as the customer sees them."""
    moves = [row for row in rows if row["type"] in {JOINED, LEFT}]
    return [
        ("joined", (row["who"], row["came"])) if row["type"] == JOINED else ("left", row["passed_on"])
        for row in moves[1:]
    ]


Read = Callable[[], Awaitable[list[dict[str, Any]]]]


@pytest.fixture
def read(nora: Client) -> Read:
    """A function that opens a tab and returns all rows that it gets."""

    async def rows() -> list[dict[str, Any]]:
        headers = [(b"origin", b"http://localhost"), (b"cookie", f"{COOKIE}={nora.cookies[COOKIE].value}".encode())]
        communicator = WebsocketCommunicator(websockets, "/chat/acme/socket", headers)
        assert (await communicator.connect())[0]
        socket = Socket(communicator)
        all_rows = await socket.rows_to((await socket.hello())["upto"])
        await communicator.disconnect()
        return all_rows

    return rows


async def test_an_agent_who_reconnects_at_once_was_never_gone(read: Read, maya: Agent, billing: Queue) -> None:
    await in_thread(lose_line)(maya)
    assert shown_moves(await read()) == [("left", False)]
    await in_thread(come_back)(maya, billing)
    assert shown_moves(await read()) == [("left", False), ("joined", ("Maya", "at_once"))]


async def test_an_agent_who_was_away_for_long_is_back(
    read: Read, maya: Agent, conversation: Conversation, billing: Queue
) -> None:
    await in_thread(lose_line)(maya)
    left = await in_thread(Event.objects.get)(conversation_id=conversation.pk, type=EventType.AGENT_LEFT)
    earlier = Event.objects.filter(pk=left.pk).update
    await in_thread(earlier)(occurred_at=left.occurred_at - timedelta(seconds=61))
    await in_thread(come_back)(maya, billing)
    assert shown_moves(await read()) == [("left", False), ("joined", ("Maya", "back"))]


async def test_a_colleague_who_takes_over_joins(read: Read, maya: Agent, tom: Agent, billing: Queue) -> None:
    await in_thread(lose_line)(maya)
    await in_thread(assign_waiting)(queue_ids=[billing.pk])
    assert shown_moves(await read()) == [("left", False), ("joined", ("Tom", "new"))]
    assert tom.pk


async def test_an_agent_passes_the_conversation_on_to_a_colleague(
    read: Read, maya: Agent, tom: Agent, conversation: Conversation
) -> None:
    await in_thread(transfer_to_agent)(by=person(maya), agent=maya, conversation=conversation, target=tom)
    assert shown_moves(await read()) == [("left", True), ("joined", ("Tom", "new"))]


@pytest.mark.usefixtures("tom")
async def test_a_conversation_taken_back_at_once_was_never_passed_on(
    read: Read, maya: Agent, conversation: Conversation, billing: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assignments.lifecycle.transfers.assign_after_commit", lambda _: None)
    await in_thread(transfer_to_queue)(by=person(maya), agent=maya, conversation=conversation, queue=billing)
    assert shown_moves(await read()) == [("left", True)]
    await in_thread(take)(by=person(maya), agent=maya, conversation=conversation)
    assert shown_moves(await read()) == [("left", False), ("joined", ("Maya", "at_once"))]
