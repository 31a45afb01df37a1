"""Messages posted without a pause while the web process is killed: what was acknowledged must be there, once.

    python -m benchmarks.messages [--kills 3] [--seconds 30]

Writers post numbered messages, each into a conversation of its own, and try again when the line breaks, as the
documented retries do. In the middle the web process gets `kill -9`, several times, and is started again. At
the end every acknowledged message must be in the database exactly once, and none that was never sent.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from typing import Any

from benchmarks import load
from benchmarks.throwaway import Desk, throwaway_desk


class Writer:
    """Posts 1, 2, 3 … into one conversation; a number goes up only when it was acknowledged."""

    def __init__(self, desk: Desk, keys: dict[str, str], number: int) -> None:
        body = {"externalId": f"c{number}", "customer": {"externalId": "k"}, "timestamp": "2026-01-01T00:00:00Z"}
        self.id = desk.call("/conversation/v1/conversations", body, keys)["id"]
        self.path = f"/conversation/v1/conversations/{self.id}/messages"
        self.port, self.keys = desk.port, keys
        self.acknowledged: list[str] = []
        self.retries = 0
        self.result = load.Result()

    def _request(self, number: int) -> bytes:
        message: dict[str, Any] = {
            "text": f"message {number}",
            "sender": {"role": "customer", "externalId": "k"},
            "timestamp": f"2026-01-01T00:00:00.{number:06}Z",
        }
        return load.request_bytes(self.path, json.dumps(message).encode(), self.keys)

    async def write(self, until: float) -> None:
        reader = writer = None
        number = 1
        while time.monotonic() < until:
            started = time.perf_counter()
            try:
                if reader is None or writer is None:
                    reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                status, _ = await load.exchange(reader, writer, self._request(number))
            except (OSError, asyncio.IncompleteReadError):
                # Whether it was stored nobody knows: send the same again.
                self.retries += 1
                reader = writer = None
                await asyncio.sleep(0.05)
                continue
            if status == 200:
                self.acknowledged.append(f"message {number}")
                self.result.latencies.append(time.perf_counter() - started)
                number += 1
            else:
                self.result.errors += 1
                await asyncio.sleep(0.25)


async def storm(desk: Desk, writers: list[Writer], seconds: float, kills: int) -> None:
    """Write for `seconds`; kill and restart the web process at even distances."""
    until = time.monotonic() + seconds
    tasks = [asyncio.create_task(writer.write(until)) for writer in writers]
    for _ in range(kills):
        await asyncio.sleep(seconds / (kills + 1))
        await asyncio.to_thread(desk.kill)
        await asyncio.to_thread(desk.start)
    await asyncio.gather(*tasks)


def check(desk: Desk, keys: dict[str, str], writers: list[Writer]) -> tuple[int, int]:
    """Acknowledged messages that are not there, and messages that are there twice."""
    lost = doubled = 0
    for writer in writers:
        stored = Counter(item["text"] for item in desk.call(writer.path, headers=keys)["items"])
        lost += sum(1 for text in writer.acknowledged if text not in stored)
        doubled += sum(1 for count in stored.values() if count > 1)
        assert set(stored) <= {f"message {number}" for number in range(1, len(writer.acknowledged) + 2)}
    return lost, doubled


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--writers", type=int, default=8)
    arguments = parser.parse_args()
    with throwaway_desk() as desk:
        desk.manage("create_company", "bench", "--name", "Bench")
        keys = desk.credential("bench")
        desk.start()
        writers = [Writer(desk, keys, number) for number in range(arguments.writers)]
        asyncio.run(storm(desk, writers, arguments.seconds, arguments.kills))
        desk.kill()
        desk.start()
        lost, doubled = check(desk, keys, writers)
    together = load.Result(arguments.seconds)
    for writer in writers:
        together.latencies += writer.result.latencies
        together.errors += writer.result.errors
    print(f"{arguments.writers} writers, {arguments.kills} kills: {together}")
    print(f"acknowledged {len(together.latencies)}, sent again {sum(writer.retries for writer in writers)}")
    print(f"lost {lost}, doubled {doubled}")
    return 0 if lost == doubled == 0 and together.latencies else 1


if __name__ == "__main__":
    sys.exit(main())
