"""What a conversation's group is told, through the real channel layer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import redis
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from caching import versions
from conversations.events import MAX_ROWS, conversation_group
from conversations.models import Conversation
from conversations.selectors import conversation_key
from tests.factories import make_company, make_conversation, say

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def conversation() -> Conversation:
    return await database_sync_to_async(lambda: make_conversation(make_company()))()


async def _listen(conversation: Conversation) -> str:
    layer = get_channel_layer()
    channel: str = await layer.new_channel()
    await layer.group_add(conversation_group(conversation.pk), channel)
    return channel


async def _next(channel: str) -> dict[str, Any]:
    return await asyncio.wait_for(get_channel_layer().receive(channel), 5)


async def test_a_message_is_told_with_its_row(conversation: Conversation) -> None:
    channel = await _listen(conversation)
    before = versions.read([conversation_key(conversation.pk)])
    message_id = await database_sync_to_async(say)(conversation, "Is it on its way?")
    hint = await _next(channel)
    assert hint["type"] == "conversation.changed"
    assert (hint["conversation"], hint["after"], hint["upto"]) == (conversation.pk, 2, 3)
    [row] = hint["rows"]
    assert (row["sequence"], row["type"]) == (3, "conversation.message_added")
    assert (row["message"]["id"], row["message"]["text"]) == (message_id, "Is it on its way?")
    # Whoever acts on the hint finds the version replaced already.
    assert versions.read([conversation_key(conversation.pk)]) != before


async def test_what_was_redacted_stays_so(conversation: Conversation) -> None:
    channel = await _listen(conversation)
    await database_sync_to_async(say)(conversation, "My card is 4111 1111 1111 1111")
    hint = await _next(channel)
    assert "4111" not in str(hint)


async def test_a_resend_is_not_told_again(conversation: Conversation) -> None:
    channel = await _listen(conversation)
    await database_sync_to_async(say)(conversation, "once")
    await database_sync_to_async(say)(conversation, "once")
    await database_sync_to_async(say)(conversation, "twice", after=1)
    assert [(await _next(channel))["upto"] for _ in range(2)] == [3, 4]


async def test_long_texts_are_left_to_the_database(conversation: Conversation) -> None:
    channel = await _listen(conversation)
    await database_sync_to_async(say)(conversation, "long " * 2000)
    hint = await _next(channel)
    assert (hint["rows"], hint["after"], hint["upto"]) == ([], 2, 3)
    assert MAX_ROWS > 1


async def test_another_conversation_hears_nothing(conversation: Conversation) -> None:
    other = await database_sync_to_async(lambda: make_conversation(conversation.company, "other"))()
    channel = await _listen(other)
    await database_sync_to_async(say)(conversation, "not for you")
    await database_sync_to_async(say)(other, "for you")
    assert (await _next(channel))["conversation"] == other.pk


def test_a_message_is_stored_while_redis_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = make_conversation(make_company())

    def away(*_: object) -> None:
        raise redis.ConnectionError

    monkeypatch.setattr("redis.client.Pipeline.execute", away)
    assert say(conversation, "still stored")
    assert conversation.messages.count() == 1
