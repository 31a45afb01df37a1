"""A reader gets every row once and in order, whatever becomes of the hints."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.db import OperationalError

from conversations import event_stream
from conversations.event_stream import EventStream
from conversations.events import Changed, EventRow, hint_of
from conversations.models import Conversation
from tests.factories import make_company, make_conversation, say

pytestmark = pytest.mark.django_db(transaction=True)


class Reader:
    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.frames: list[tuple[int, bool]] = []
        self.upto = 0

    async def deliver(self, _: str, rows: Sequence[EventRow], upto: int, more: bool) -> None:
        self.numbers += [row["sequence"] for row in rows]
        self.frames.append((upto, more))
        self.upto = upto


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
async def conversation() -> Conversation:
    return await database_sync_to_async(lambda: make_conversation(make_company()))()


async def _say(conversation: Conversation, *texts: str) -> list[Changed]:
    """Say these; the hint of each."""

    def work() -> list[Changed]:
        hints = []
        for text in texts:
            say(conversation, text)
            conversation.refresh_from_db()
            hints.append(hint_of(conversation, [conversation.messages.get(sequence=conversation.last_sequence)]))
        return hints

    found: list[Changed] = await database_sync_to_async(work)()
    return found


async def test_a_new_reader_gets_everything(conversation: Conversation, reader: Reader) -> None:
    await _say(conversation, "a", "b", "c")
    await EventStream(conversation.pk, 0, reader.deliver).catch_up()
    assert reader.numbers == [1, 2, 3, 4, 5]
    assert reader.frames == [(5, False)]


async def test_a_hint_that_continues_is_passed_on_without_a_look(
    conversation: Conversation, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "_rows_after", None)
    stream = EventStream(conversation.pk, 2, reader.deliver)
    for hint in await _say(conversation, "a", "b"):
        await stream.on_hint(hint)
    assert reader.numbers == [3, 4]


async def test_lost_doubled_and_late_hints(conversation: Conversation, reader: Reader) -> None:
    stream = EventStream(conversation.pk, 2, reader.deliver)
    a, _, c, d = await _say(conversation, "a", "lost", "c", "d")
    await stream.on_hint(d)
    await stream.catch_up()
    for hint in (a, c, d, a):
        await stream.on_hint(hint)
    assert reader.numbers == [3, 4, 5, 6]


async def test_a_hint_without_rows_makes_it_look(conversation: Conversation, reader: Reader) -> None:
    stream = EventStream(conversation.pk, 2, reader.deliver)
    [hint] = await _say(conversation, "a")
    await stream.on_hint({**hint, "rows": []})
    await stream.catch_up()
    assert reader.numbers == [3]


async def test_what_is_said_during_a_look_is_not_missed(
    conversation: Conversation, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()
    look = event_stream._rows_after

    async def slow(*arguments: Any) -> list[EventRow]:
        rows: list[EventRow] = await look(*arguments)
        asked.set()
        await go_on.wait()
        return rows

    monkeypatch.setattr(event_stream, "_rows_after", slow)
    stream = EventStream(conversation.pk, 0, reader.deliver)
    task = stream.catch_up()
    await asked.wait()
    for hint in await _say(conversation, "a", "b"):
        await stream.on_hint(hint)
    go_on.set()
    await task
    assert reader.numbers == [1, 2, 3, 4]


async def test_a_reader_may_go_back_during_a_look(conversation: Conversation, reader: Reader) -> None:
    stream = EventStream(conversation.pk, 2, reader.deliver)
    task = stream.catch_up()
    stream.rewind_to(0)
    await task
    assert reader.numbers == [1, 2]


async def test_a_long_conversation_comes_in_pages(
    conversation: Conversation, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _say(conversation, "a", "b", "c")
    monkeypatch.setattr(event_stream, "MAX_ROWS_PER_READ", 2)
    await EventStream(conversation.pk, 0, reader.deliver).catch_up()
    assert reader.numbers == [1, 2, 3, 4, 5]
    assert reader.frames == [(2, True), (4, True), (5, False)]


async def test_a_failing_database_is_asked_again(
    conversation: Conversation, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = event_stream._rows_after
    failures = iter([OperationalError("away")])

    async def failing(*arguments: Any) -> list[EventRow]:
        for error in failures:
            raise error
        rows: list[EventRow] = await look(*arguments)
        return rows

    monkeypatch.setattr(event_stream, "_rows_after", failing)
    monkeypatch.setattr(event_stream, "RETRY_PAUSE_S", 0)
    await EventStream(conversation.pk, 0, reader.deliver).catch_up()
    assert reader.numbers == [1, 2]


async def test_a_filter_hides_rows_and_not_their_numbers(conversation: Conversation, reader: Reader) -> None:
    stream = EventStream(conversation.pk, 0, reader.deliver, lambda row: row["message"] is not None)
    await stream.catch_up()
    assert (reader.numbers, reader.upto) == ([], 2)
    [hint] = await _say(conversation, "a")
    await stream.on_hint(hint)
    assert reader.numbers == [3]


async def test_a_closed_feed_reads_no_more(conversation: Conversation, reader: Reader) -> None:
    stream = EventStream(conversation.pk, 0, reader.deliver)
    task = stream.catch_up()
    stream.close()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert reader.numbers == []


@pytest.mark.parametrize("wants", ["older rows", "a new row"])
async def test_what_is_asked_for_in_the_moment_a_look_ends_is_read(
    conversation: Conversation, reader: Reader, monkeypatch: pytest.MonkeyPatch, wants: str
) -> None:
    """Between the end of the look and the news of its end, another task has its turn."""
    rows_after = event_stream._rows_after
    asked: list[asyncio.Task[None]] = []

    def ask() -> None:
        if wants == "older rows":
            stream.rewind_to(0)
        else:
            stream._wanted = 3
        asked.append(stream.catch_up())

    async def look(conversation_id: str, after: int, limit: int) -> list[EventRow]:
        if not asked:  # the row is not there yet
            asyncio.get_running_loop().call_soon(ask)
            return []
        return await rows_after(conversation_id, after, limit)

    monkeypatch.setattr(event_stream, "_rows_after", look)
    await _say(conversation, "a")
    stream = EventStream(conversation.pk, 2, reader.deliver)
    await stream.catch_up()
    await asked[0]
    assert reader.numbers == ([1, 2, 3] if wants == "older rows" else [3])


class TestTake:
    """Rows that the caller delivers at once."""

    async def test_a_hint_that_continues_is_taken_once(self, conversation: Conversation, reader: Reader) -> None:
        stream = EventStream(conversation.pk, 2, reader.deliver)
        a, b = await _say(conversation, "a", "b")
        assert stream.take(b) is None, "a row is missing before it"
        taken = [stream.take(hint) for hint in (a, a, b)]
        assert [rows and [row["sequence"] for row in rows] for rows in taken] == [[3], None, [4]]
        assert stream.last_seen == 4
        await stream.on_hint(b)
        assert reader.numbers == []

    async def test_only_new_rows_that_the_reader_sees(self, conversation: Conversation, reader: Reader) -> None:
        stream = EventStream(conversation.pk, 3, reader.deliver, lambda row: row["sequence"] != 4)
        a, b, c = await _say(conversation, "a", "b", "c")
        hint: Changed = {**c, "after": 2, "rows": [*a["rows"], *b["rows"], *c["rows"]]}
        rows = stream.take(hint)
        assert rows is not None
        assert [row["sequence"] for row in rows] == [5]

    async def test_nothing_without_rows_during_a_look_or_while_paused(
        self, conversation: Conversation, reader: Reader
    ) -> None:
        stream = EventStream(conversation.pk, 2, reader.deliver)
        [hint] = await _say(conversation, "a")
        assert stream.take({**hint, "rows": []}) is None
        looking = stream.catch_up()
        assert stream.take(hint) is None
        await looking
        assert reader.numbers == [3]
        pausing = EventStream(conversation.pk, 2, reader.deliver, pauses_at=lambda _: True)
        assert pausing.take(hint) is None
        assert pausing.last_seen == 2
        pausing.is_paused = True
        assert pausing.take(hint) is None
