"""A running desk whose web process is killed while a greeting counts down."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from benchmarks.websocket_load import Socket, connect, masked
from tests.site.desk_process import ROOT, DeskProcess, environment, wait_for

DELAY_S = 4
# A signed-in agent with one conversation, who greets: printed as JSON.
SET_UP = f"""
import django
django.setup()
from django.conf import settings
from tests.composer.conftest import browser_of, hire, place
from tests.configuring import set_greetings_of
from tests.factories import make_company
company = make_company()
maya = hire(company, "maya", queues=["billing"])
conversation = place(company, "one", status="live", agent="maya")
set_greetings_of(
    company, enabled=True, generic_text="Hi!", named_text="Hi!", trigger_after_seconds=0, delay_seconds={DELAY_S})
import json
print(json.dumps([settings.SESSION_COOKIE_NAME, browser_of(maya).cookies[settings.SESSION_COOKIE_NAME].value]))
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskProcess]:
    folder = tmp_path / "var"
    with DeskProcess(folder, "--no-demo") as desk:
        desk.wait_until_ready()
        yield desk


def greetings_in(folder: Path) -> int:
    with closing(sqlite3.connect(f"file:{folder / 'desk.sqlite3'}?mode=ro", uri=True)) as database:
        [[count]] = database.execute("SELECT count(*) FROM conversations_message WHERE role = 'agent'")
    return int(count)


@asynccontextmanager
async def open_desk(port: int, cookie: str) -> AsyncIterator[tuple[Socket, dict[str, Any]]]:
    """Connect a desk, and return it with its welcome frame."""
    socket = await connect(port, "/desk/socket", cookie)
    welcome: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def heard(payload: bytes) -> None:
        if payload.startswith(b'{"t":"welcome"') and not welcome.done():
            welcome.set_result(payload)

    socket.heard = heard
    socket.say(masked(b'{"t":"hello"}'))
    try:
        yield socket, json.loads(await asyncio.wait_for(welcome, 20))
    finally:
        socket.close()
        await asyncio.sleep(0)


def test_one_greeting_is_sent_although_the_web_process_is_killed(desk: DeskProcess) -> None:
    set_up = subprocess.run(
        [sys.executable, "-c", SET_UP], env=environment(desk.folder, desk.port), cwd=ROOT, check=True,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    cookie = "=".join(json.loads(set_up.stdout))

    async def watched() -> float:
        async with open_desk(desk.port, cookie) as (first, welcome), open_desk(desk.port, cookie):
            greeting = welcome["cards"][0]["greeting"]
            assert greeting["text"] == "Hi!"
            assert greeting["due_at"] > time.time()
            desk.child("asapp_site.web").kill()
            await asyncio.sleep(0.5)
            assert first.closed == 1006, "the line is cut, and the desk knows that it has to come back"
            return float(greeting["due_at"])

    due_at = asyncio.run(watched())
    assert greetings_in(desk.folder) == 0, "killed before zero"
    wait_for(lambda: greetings_in(desk.folder), 20)
    assert greetings_in(desk.folder) == 1
    assert time.time() > due_at

    async def back() -> dict[str, Any]:
        async with open_desk(desk.port, cookie) as (_, welcome), open_desk(desk.port, cookie):
            return welcome

    assert desk.status() == 200
    [card] = asyncio.run(back())["cards"]
    assert (card["greeting"], card["preview"]) == (None, "Hi!")
    time.sleep(6)  # the worker looks again after five seconds
    assert greetings_in(desk.folder) == 1
