"""A desk is open as long as its socket is, whatever its page does: browsers slow the timers of hidden pages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async as in_thread
from django.utils import timezone

from accounts.models import User
from assignments.absence import forget_dead_desks
from assignments.models import DeskConnection
from assignments.presence import DEAD_AFTER
from tests.sockets import PATIENCE_S

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def fast_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("composer.desk.socket.heartbeat.BEAT_S", 0.02)


async def becomes(is_so: Callable[[], bool]) -> None:
    for _ in range(500):
        if await in_thread(is_so)():
            return
        await asyncio.sleep(0.02)
    pytest.fail("it did not become so")


async def grow_old() -> None:
    long_ago = timezone.now() - DEAD_AFTER - timedelta(seconds=1)
    await in_thread(DeskConnection.objects.update)(seen_at=long_ago)


def is_fresh() -> bool:
    return DeskConnection.objects.filter(seen_at__gt=timezone.now() - DEAD_AFTER).count() == 1


async def test_a_page_that_says_nothing_stays(maya: User, open_: Any) -> None:
    desk = await open_(maya)
    await desk.hello()
    await grow_old()
    await becomes(is_fresh)


async def test_one_that_was_taken_for_dead_is_there_again(maya: User, open_: Any) -> None:
    desk = await open_(maya)
    await desk.hello()
    await grow_old()
    await in_thread(forget_dead_desks)()
    await becomes(is_fresh)


async def test_a_closed_desk_is_not_written_again(maya: User, open_: Any) -> None:
    desk, other = await open_(maya), await open_(maya)
    await desk.hello()
    await other.hello()
    await desk.communicator.disconnect(timeout=PATIENCE_S)
    await grow_old()  # the next beat writes what is open
    await becomes(is_fresh)
    assert await in_thread(DeskConnection.objects.count)() == 1
