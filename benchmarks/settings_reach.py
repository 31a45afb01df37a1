"""How soon a changed setting reaches open desks: two web processes, and a third process that changes it.

    python -m benchmarks.settings_reach [--desks 100] [--changes 20]

Half of the desks are at each web process, each with a conversation open and a mistake in its composer. The third
process switches the speller of the company off and on. Every desk asks again what fits its text when it is told, as
the page does: within 0.7 s, not all at once. Times count from the return of the service, which has committed by then:
to the `settings` frame, and to the first answer that goes by the new value.

Must reach: all of them within 2 s, at every desk and for every change.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.throwaway import ROOT, Desk, beside, throwaway_desk
from benchmarks.websocket_load import Socket, connect_all, masked

COMPANY = "acme"
APPLICATION = "asapp_site.asgi:application"
LIMIT_S = 2.0
PAUSE_S = 3.0
SPREAD_S = 0.7  # SETTINGS_SPREAD_MS of static/js/desk/router.js
# Changes the setting once for each line of its input, and prints when that was committed, and the new value.
CHANGER = f"""
import sys, time
import django
django.setup()
from accounts.actors import Actor
from accounts.models import Company
from configuration.levels import Owner
from configuration.registry import setting_named
from configuration.services import set_setting
company = Company.objects.get(slug="{COMPANY}")
setting = setting_named("autocompose.spellcheck")
print("ready", flush=True)
on = True
for _ in sys.stdin:
    on = not on
    set_setting(by=Actor.system(company.pk), owner=Owner(company.pk), setting=setting, value=on)
    print(time.time(), int(on), flush=True)
"""


@dataclass(slots=True)
class Watch:
    """What one desk heard: the time and kind of each frame, and of each answer whether it corrected."""

    socket: Socket
    conversation: str
    heard: list[tuple[float, str, bool | None]] = field(default_factory=list)
    welcomed: asyncio.Event = field(default_factory=asyncio.Event)

    def listen(self) -> None:
        self.socket.heard = self._hear

    def _hear(self, payload: bytes) -> None:
        frame: dict[str, Any] = json.loads(payload)
        is_corrected = frame["correction"] is not None if frame["t"] == "offers" else None
        if frame["t"] == "welcome":
            self.welcomed.set()
        if frame["t"] == "settings":
            asyncio.get_running_loop().call_later(random.uniform(0, SPREAD_S), self.ask)
        self.heard.append((time.time(), frame["t"], is_corrected))

    def ask(self) -> None:
        about = {"t": "type", "conversation": self.conversation, "n": 1}
        self.socket.say(masked(json.dumps({**about, "text": "How is tihs ", "cursor": [11, 12]}).encode()))

    def after(self, committed: float, kind: str, is_corrected: bool | None = None) -> float:
        """Return how long after `committed` the first such frame came; infinity for none."""
        at = (at for at, t, corrected in self.heard if (t, corrected) == (kind, is_corrected))
        return max(0.0, next(at, float("inf")) - committed)


async def open_desks(desk: Desk, people: Sequence[dict[str, Any]]) -> list[Watch]:
    sockets = await connect_all(desk.port, "/desk/socket", [person["cookie"] for person in people])
    watches = [Watch(one, person["talks"][0]["conversation"]) for one, person in zip(sockets, people, strict=True)]
    for watch in watches:
        watch.listen()
        watch.socket.say(masked(b'{"t":"hello"}'))
    await asyncio.wait_for(asyncio.gather(*(watch.welcomed.wait() for watch in watches)), 60)
    return watches


async def change(desk: Desk, watches: Sequence[Watch], changes: int) -> dict[str, list[float]]:
    """Change the setting so often, and return the times in seconds by what came."""
    changer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHANGER, cwd=ROOT, env=desk.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert changer.stdin is not None
    assert changer.stdout is not None
    await changer.stdout.readline()
    for watch in watches:
        watch.ask()
    await asyncio.sleep(10.0)  # contexts are loaded
    times: dict[str, list[float]] = {"settings frame": [], "answer by the new value": []}
    for _ in range(changes):
        for watch in watches:
            watch.heard.clear()
        changer.stdin.write(b"\n")
        said = (await changer.stdout.readline()).split()
        await asyncio.sleep(PAUSE_S)
        committed, is_on = float(said[0]), said[1] == b"1"
        times["settings frame"] += [watch.after(committed, "settings") for watch in watches]
        times["answer by the new value"] += [watch.after(committed, "offers", is_on) for watch in watches]
    changer.stdin.close()
    await changer.wait()
    return times


async def measure(desks: Sequence[Desk], people: Sequence[dict[str, Any]], changes: int) -> dict[str, list[float]]:
    shares = [people[number :: len(desks)] for number in range(len(desks))]
    opened = [await open_desks(desk, share) for desk, share in zip(desks, shares, strict=True)]
    return await change(desks[0], [watch for watches in opened for watch in watches], changes)


def shown(name: str, times: Iterable[float]) -> str:
    ordered = [1000 * one for one in sorted(times)]
    p99 = ordered[int(len(ordered) * 0.99)]
    return f"{name:24} p50 {statistics.median(ordered):7.1f} ms   p99 {p99:7.1f} ms   max {ordered[-1]:7.1f} ms"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--desks", type=int, default=100)
    parser.add_argument("--changes", type=int, default=20)
    arguments = parser.parse_args()
    with throwaway_desk() as desk:
        desk.manage("create_company", COMPANY, "--name", "Acme")
        people = json.loads(desk.run("-m", "benchmarks.delivery_people", COMPANY, str(arguments.desks), "1"))
        desk.start()
        with beside(desk, APPLICATION) as other:
            times = asyncio.run(measure([desk, other], people, arguments.changes))
    print(f"{arguments.desks} desks at two web processes, {arguments.changes} changes by a third")
    for name, one in times.items():
        print(shown(name, one))
    return int(max(max(one) for one in times.values()) > LIMIT_S)


if __name__ == "__main__":
    sys.exit(main())
