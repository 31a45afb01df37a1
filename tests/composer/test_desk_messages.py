"""Messages as agents send them: what shows nothing is refused, empty ends go, and their time is the server's."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async as in_thread
from django.utils import timezone

from accounts.models import User
from conversations.models import MAX_MESSAGE_LENGTH, Conversation, Message
from tests.composer.desks import desk
from tests.texts import BLANK, ENDS, SHOWN

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = 3600.0


async def test_what_shows_nothing_is_refused(open_: Any, maya: User, talk: Conversation) -> None:
    async with desk(open_, maya) as socket:
        for kind in ("chat", "note"):
            for text in BLANK:
                client_id = await socket.send(talk, text, kind=kind)
                error = await socket.get("error")
                assert (error["of"], error["ref"], error["code"]) == ("send", client_id, "blank"), ascii(text)
    assert not await in_thread(Message.objects.filter(role="agent").exists)()


async def test_what_shows_something_is_stored(open_: Any, maya: User, talk: Conversation) -> None:
    async with desk(open_, maya) as socket:
        for text in SHOWN:
            await socket.send(talk, text)
            assert (await socket.get("stored"))["row"]["message"]["text"] == text


@pytest.mark.parametrize(("typed", "stored"), ENDS)
async def test_an_empty_end_is_not_stored(open_: Any, maya: User, talk: Conversation, typed: str, stored: str) -> None:
    async with desk(open_, maya) as socket:
        await socket.send(talk, typed)
        assert (await socket.get("stored"))["row"]["message"]["text"] == stored


async def test_one_that_is_too_long_is_named(open_: Any, maya: User, talk: Conversation) -> None:
    longest = "y" * MAX_MESSAGE_LENGTH
    async with desk(open_, maya) as socket:
        client_id = await socket.send(talk, longest + "y")
        error = await socket.get("error")
        assert (error["of"], error["ref"]) == ("send", client_id)
        assert error["message"] == "This text has more than 20,000 characters."
        await socket.send(talk, longest)
        assert (await socket.get("stored"))["row"]["message"]["text"] == longest
    assert await in_thread(Message.objects.filter(role="agent").count)() == 1


@pytest.mark.parametrize(
    ("times", "ago"),
    [
        ({"waited_s": 0, "sent_at": 0}, 0),
        ({"waited_s": HOUR}, HOUR),
        ({"waited_s": 1000 * HOUR}, 48 * HOUR),
        ({}, 0),
        ({"sent_at": -20 * HOUR}, 0),
        ({"sent_at": -60}, 60),
        ({"sent_at": 20 * HOUR}, 0),
    ],
)
async def test_its_time_is_ours(
    open_: Any, maya: User, talk: Conversation, times: dict[str, float], ago: float
) -> None:
    """`sent_at` here: by how much the clock of the page is ahead."""
    async with desk(open_, maya) as socket:
        said: dict[str, Any] = {"t": "send", "conversation": talk.pk, "client_id": "client-id-1", "text": "Hello"}
        said |= {**times, **({"sent_at": time.time() + times["sent_at"]} if "sent_at" in times else {})}
        before = timezone.now()
        await socket.say(said.pop("t"), **said)
        await socket.get("stored")
    sent_at = (await in_thread(Message.objects.get)(role="agent")).sent_at
    assert before - timedelta(seconds=ago + 1) <= sent_at <= timezone.now() - timedelta(seconds=ago)


async def test_a_wait_that_cannot_be_is_refused(open_: Any, maya: User, talk: Conversation) -> None:
    async with desk(open_, maya) as socket:
        for waited in (-1, float("nan"), float("inf"), "1 h"):
            client_id = await socket.send(talk, "Hello", waited_s=waited)
            assert (await socket.get("error"))["ref"] == client_id
