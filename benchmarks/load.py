"""A small HTTP/1.1 load client on plain asyncio: keep-alive connections, latencies of every request."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


def request_bytes(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    head = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    head += [f"{name}: {value}" for name, value in headers.items()]
    head += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(head).encode() + body


# A server that answers nothing for so long never will.
PATIENCE_S = 30.0


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> tuple[int, bytes]:
    """Send one request and read its answer: status and body (a Content-Length is expected)."""
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
    length = next(int(line.split(b":")[1]) for line in head if line.lower().startswith(b"content-length"))
    return int(head[0].split()[1]), await reader.readexactly(length)


@dataclass
class Result:
    """Latencies in seconds, and when each request was due, from the start; `errors` counts answers other than 200."""

    seconds: float = 0.0
    errors: int = 0
    latencies: list[float] = field(default_factory=list)
    dues: list[float] = field(default_factory=list)

    def due_within(self, start_s: float, end_s: float) -> Result:
        """The requests that were due in this time."""
        chosen = [
            (due, latency) for due, latency in zip(self.dues, self.latencies, strict=True) if start_s <= due < end_s
        ]
        return Result(end_s - start_s, self.errors, [latency for _, latency in chosen], [due for due, _ in chosen])

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """In milliseconds."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))]

    def __str__(self) -> str:
        return (
            f"{self.per_second:8.0f} requests/s   p50 {self.percentile(0.5):7.2f} ms   "
            f"p99 {self.percentile(0.99):7.2f} ms   errors {self.errors}"
        )


async def run(
    port: int,
    connections: Iterable[Callable[[int], bytes]],
    count: int,
    pause_s: float = 0.0,
    begin_within_s: float | None = None,
) -> Result:
    """`count` requests on each connection; each makes its request from the number of the turn.

    With `pause_s` a connection starts a request every `pause_s` seconds, as a typing agent does; the latency
    then counts from when the key was due, so that a slow server cannot hide behind late keys. The connections begin
    one after the other, evenly spread over `begin_within_s` (a pause where it is not given).
    """
    result = Result()
    makers = list(connections)
    lines = [await asyncio.open_connection("127.0.0.1", port) for _ in makers]
    started = time.perf_counter()

    async def agent(place: int, make: Callable[[int], bytes]) -> None:
        reader, writer = lines[place]
        first = started + (place / len(makers)) * (pause_s if begin_within_s is None else begin_within_s)
        for turn in range(count):
            due = time.perf_counter()
            if pause_s:
                due = first + turn * pause_s
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
            async with asyncio.timeout(PATIENCE_S):
                status, _ = await exchange(reader, writer, make(turn))
            result.latencies.append(time.perf_counter() - due)
            result.dues.append(due - started)
            result.errors += status != 200
        writer.close()

    await asyncio.gather(*(agent(place, make) for place, make in enumerate(makers)))
    result.seconds = time.perf_counter() - started
    return result
