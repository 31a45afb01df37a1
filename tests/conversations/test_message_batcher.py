"""Batches of one event loop: what waits together is stored together, in the order in which it came."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import DataError

from conversations import message_batcher as module
from conversations.message_batcher import BUSY_BATCH, MAX_BATCH, PACE_S, MessageBatcher, message_batcher
from tests.sockets import PATIENCE_S

# Their threads may still hold a connection of an earlier test, and look after it.
pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class Pending:
    """Stands for a pending message: the batcher looks at none of its fields."""

    text: str


class Database:
    """Stores batches, one at a time, when the test lets it."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.refused: set[str] = set()
        self.poison: set[str] = set()
        self.was_asked = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, messages: Sequence[Pending]) -> list[str | Exception]:
        texts = [message.text for message in messages]
        self.batches.append(texts)
        self.was_asked.set()
        await self.gate.wait()
        if self.poison & set(texts):
            raise DataError("the database refuses it")
        return [PermissionError(text) if text in self.refused else f"row of {text}" for text in texts]


@pytest.fixture
async def database(monkeypatch: pytest.MonkeyPatch) -> Database:
    made = Database()
    monkeypatch.setattr(module, "_store_all", made)
    return made


async def stored(batcher: MessageBatcher, *texts: str) -> list[Any]:
    """What each sender gets: its row, or what was raised."""
    work = (batcher.store(Pending(text)) for text in texts)  # type: ignore[arg-type]
    return await asyncio.wait_for(asyncio.gather(*work, return_exceptions=True), PATIENCE_S)


async def test_each_sender_gets_its_own_row(database: Database) -> None:
    assert await stored(MessageBatcher(), "a", "b", "c") == ["row of a", "row of b", "row of c"]
    assert database.batches == [["a", "b", "c"]]


async def test_what_comes_while_one_batch_is_stored_is_the_next(database: Database) -> None:
    batcher = MessageBatcher()
    database.gate.clear()
    first = asyncio.create_task(stored(batcher, "a"))
    await asyncio.wait_for(database.was_asked.wait(), PATIENCE_S)
    later = asyncio.create_task(stored(batcher, "b", "c", "d"))
    await asyncio.sleep(0)
    database.gate.set()
    await first
    await later
    assert database.batches == [["a"], ["b", "c", "d"]]


async def test_a_batch_has_a_largest_size_and_the_order_stays(database: Database) -> None:
    texts = [f"{number}" for number in range(2 * MAX_BATCH + 3)]
    assert await stored(MessageBatcher(), *texts) == [f"row of {text}" for text in texts]
    assert [len(batch) for batch in database.batches] == [MAX_BATCH, MAX_BATCH, 3]
    assert [text for batch in database.batches for text in batch] == texts


async def test_after_many_messages_the_next_batch_waits_for_more(database: Database) -> None:
    batcher, loop = MessageBatcher(), asyncio.get_running_loop()
    began = loop.time()
    await stored(batcher, *(f"{number}" for number in range(BUSY_BATCH)))
    later = asyncio.create_task(stored(batcher, "a"))
    await asyncio.sleep(PACE_S / 2)
    assert await stored(batcher, "b") == ["row of b"]
    assert loop.time() - began >= PACE_S * 0.99
    await later
    assert database.batches[1:] == [["a", "b"]]


async def test_few_messages_and_full_batches_delay_nobody(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PACE_S", 10 * PATIENCE_S)
    batcher = MessageBatcher()
    for count in (1, BUSY_BATCH - 1, MAX_BATCH, 1):
        await stored(batcher, *(f"{number}" for number in range(count)))
    assert [len(batch) for batch in database.batches] == [1, BUSY_BATCH - 1, MAX_BATCH, 1]


async def test_a_refused_message_is_told_to_its_sender_alone(database: Database) -> None:
    database.refused = {"b"}
    first, second, third = await stored(MessageBatcher(), "a", "b", "c")
    assert (first, third) == ("row of a", "row of c")
    assert isinstance(second, PermissionError)
    assert len(database.batches) == 1


async def test_one_that_the_database_does_not_take_costs_the_others_nothing(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    database.poison = {"b"}
    first, second, third = await stored(MessageBatcher(), "a", "b", "c")
    assert (first, third) == ("row of a", "row of c")
    assert isinstance(second, DataError)
    assert database.batches == [["a", "b", "c"], ["a"], ["b"], ["c"]]
    [record] = caplog.records
    assert (record.messages, record.reason) == (3, "DataError")  # type: ignore[attr-defined]


async def test_a_failure_ends_no_later_batch(database: Database) -> None:
    batcher = MessageBatcher()
    database.poison = {"a"}
    [failure] = await stored(batcher, "a")
    assert isinstance(failure, DataError)
    assert await stored(batcher, "b") == ["row of b"]


async def test_a_sender_who_went_away_stops_no_other(database: Database) -> None:
    batcher = MessageBatcher()
    database.gate.clear()
    gone = asyncio.create_task(batcher.store(Pending("gone")))  # type: ignore[arg-type]
    stays = asyncio.create_task(batcher.store(Pending("stays")))  # type: ignore[arg-type]
    await asyncio.wait_for(database.was_asked.wait(), PATIENCE_S)
    gone.cancel()
    await asyncio.sleep(0)
    database.gate.set()
    assert await asyncio.wait_for(stays, PATIENCE_S) == "row of stays"
    assert database.batches == [["gone", "stays"]], "what was on its way is stored all the same"


async def test_a_loop_has_one_batcher_and_another_loop_its_own() -> None:
    here = message_batcher()
    assert message_batcher() is here

    async def elsewhere() -> bool:
        return message_batcher() is here

    assert not await asyncio.to_thread(asyncio.run, elsewhere())
