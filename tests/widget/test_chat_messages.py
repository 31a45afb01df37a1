"""Messages of customers: blank ones are refused, empty ends are dropped, and the server's clock dates them."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async as in_thread
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation, Message
from tests.texts import BLANK, ENDS, SHOWN
from tests.widget.test_chat_socket import Open, open_  # noqa: F401 fixtures

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = 3600.0


async def test_a_blank_message_is_refused(open_: Open, nora: Client, conversation: Conversation) -> None:  # noqa: F811
    socket = await open_(nora)
    await socket.hello()
    for text in BLANK:
        client_id = await socket.send(conversation, text)
        error = await socket.get("error")
        assert (error["of"], error["ref"], error["code"]) == ("send", client_id, "blank"), ascii(text)
    assert not await in_thread(Message.objects.exists)()


async def test_a_visible_message_is_stored(open_: Open, nora: Client, conversation: Conversation) -> None:  # noqa: F811
    socket = await open_(nora)
    await socket.hello()
    for text in SHOWN:
        await socket.send(conversation, text)
        assert (await socket.get("stored"))["row"]["message"]["text"] == text


@pytest.mark.parametrize(("typed", "stored"), ENDS)
async def test_an_empty_end_is_not_stored(
    open_: Open,  # noqa: F811
    nora: Client,
    conversation: Conversation,
    typed: str,
    stored: str,
) -> None:
    socket = await open_(nora)
    await socket.hello()
    await socket.send(conversation, typed)
    assert (await socket.get("stored"))["row"]["message"]["text"] == stored


@pytest.mark.parametrize(("ahead", "waited", "ago"), [(-20, 0, 0), (-20, 1, 1), (20, 0, 0), (0, 1000, 48)])
async def test_a_wrong_clock_changes_nothing(
    open_: Open,  # noqa: F811
    nora: Client,
    conversation: Conversation,
    ahead: float,
    waited: float,
    ago: float,
) -> None:
    """All numbers are hours. Old pages also send `sent_at`, which is ignored."""
    socket = await open_(nora)
    await socket.hello()
    before = timezone.now()
    await socket.send(conversation, "Hello", sent_at=time.time() + ahead * HOUR, waited_s=waited * HOUR)
    await socket.get("stored")
    [sent_at] = await in_thread(lambda: list(Message.objects.values_list("sent_at", flat=True)))()
    assert before - timedelta(hours=ago, seconds=1) <= sent_at <= timezone.now() - timedelta(hours=ago)
