"""A setting that one process changes, as another one uses it: the command, and a desk that is open meanwhile."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.websocket_load import masked
from tests.site.desk_process import ROOT, DeskProcess, environment
from tests.site.test_desk_faults import open_desk

MAX_S = 2.0
# A signed-in agent with one conversation: printed as JSON.
SET_UP = """
import django
django.setup()
from django.conf import settings
from tests.composer.conftest import browser_of, hire, place
from tests.factories import make_company
maya = hire(make_company(), "maya", queues=["billing"])
conversation = place(maya.company, "one", status="live", agent="maya")
import json
print(json.dumps([settings.SESSION_COOKIE_NAME, browser_of(maya).cookies[settings.SESSION_COOKIE_NAME].value]))
"""


async def watched(desk: DeskProcess, cookie: str) -> tuple[float, bool]:
    """Return when the desk heard of a change that a command made, and whether it still corrects a moment later."""
    frames: asyncio.Queue[tuple[float, dict[str, Any]]] = asyncio.Queue()

    async def next_of(kind: str) -> tuple[float, dict[str, Any]]:
        async with asyncio.timeout(60):
            while True:
                at, frame = await frames.get()
                if frame["t"] == kind:
                    return at, frame

    async with open_desk(desk.port, cookie) as (socket, welcome):
        socket.heard = lambda payload: frames.put_nowait((time.monotonic(), json.loads(payload)))

        async def is_corrected() -> bool:
            about = {"conversation": welcome["cards"][0]["id"], "n": 1}
            frame = {"t": "type", **about, "text": "How is tihs ", "cursor": [11, 12]}
            socket.say(masked(json.dumps(frame).encode()))
            return (await next_of("offers"))[1]["correction"] is not None

        assert await is_corrected()
        command = ("settings", "--company", "acme", "autocompose.spellcheck", "off")
        await asyncio.to_thread(desk.manage, *command)
        ended = time.monotonic()
        heard, _ = await next_of("settings")
        return heard - ended, await is_corrected()


def test_an_open_desk_goes_by_what_a_command_sets(tmp_path: Path) -> None:
    with DeskProcess(tmp_path / "var", "--no-demo") as desk:
        desk.wait_until_ready()
        made = subprocess.run(
            [sys.executable, "-c", SET_UP], env=environment(desk.folder, desk.port), cwd=ROOT, check=True,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        after_s, is_corrected = asyncio.run(watched(desk, "=".join(json.loads(made.stdout))))
    assert after_s < MAX_S
    assert not is_corrected
