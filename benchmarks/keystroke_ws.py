"""Keystrokes on the desk's socket: against an empty echo on the same server, under 200 agents, and idle.

    python -m benchmarks.keystroke_ws [--agents 200] [--seconds 25] [--idle 500]

One web process, 5,000 responses and a model of 20,000 generated agent messages. Must reach: the CPU of a full keystroke
at most 2 times that of Channels' JSON consumer saying back the same frames; 200 agents at 5 keys a second each with p99
under 100 ms and no errors; under 60 KiB for each idle desk that has said hello.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import statistics
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import psutil

from benchmarks.keystroke_http import ENDS, PARTS, THINGS, VERBS, write_list
from benchmarks.load import Result
from benchmarks.suggestions_swap import train, write_history
from benchmarks.throwaway import Desk, throwaway_desk
from benchmarks.websocket_load import Socket, connect_all, masked

Done = TypeVar("Done")
Lines = Callable[[random.Random], Iterator[str]]

KEYS_PER_SECOND = 5.0
ROUNDS, SOCKETS, FRAMES_A_ROUND = 7, 20, 3000
# How the answers begin.
ECHO, OFFERS, WELCOME, ERROR = b'{"t": "type"', b'{"t":"offers"', b'{"t":"welcome"', b'{"t":"error"'
# Some that no list and no model has: half of what is typed.
FREEHAND = (
    "I had a look and the parcel left our warehouse yesterday evening",
    "That was my mistake, let me put it right for you now",
    "Would you mind telling me which of the two numbers you called?",
    "They should have told you about this when you signed up",
    "It takes up to three days until the money is back in your account",
)
# One word in so many has two letters changed about.
SLIP_EVERY = 12


@dataclass(frozen=True, slots=True)
class Person:
    """An agent who is signed in, and the conversation that this agent has."""

    conversation: str
    cookie: str


@dataclass(slots=True)
class Seen:
    """What the answers to keystrokes held."""

    answers: int = 0
    three: int = 0
    phrases: int = 0
    corrections: int = 0

    @staticmethod
    def of(payloads: Iterable[bytes]) -> Seen:
        seen = Seen()
        for offers in map(json.loads, payloads):
            seen.answers += 1
            seen.three += len(offers["replies"]) == 3
            seen.phrases += bool(offers["phrase"])
            seen.corrections += offers["correction"] is not None
        return seen

    def __str__(self) -> str:
        return (
            f"{self.three / self.answers:.0%} hold three replies, {self.phrases / self.answers:.0%} a phrase, "
            f"{self.corrections / self.answers:.1%} a correction"
        )


@dataclass(slots=True)
class Typing:
    """The frames of one agent, key by key. `completing`: how many of them completed a word."""

    frames: list[bytes] = field(default_factory=list)
    completing: int = 0


def messages(pick: random.Random) -> Iterator[str]:
    """What agents write: every other message is like those of the list and the transcripts, up to its slips."""
    while True:
        parts = (pick.choice(PARTS), pick.choice(VERBS), pick.choice(THINGS), pick.choice(ENDS))
        line = pick.choice((" ".join(parts) + ".", pick.choice(FREEHAND)))
        yield " ".join(with_slip(word) if pick.randrange(SLIP_EVERY) == 0 else word for word in line.split(" "))


def beginnings(pick: random.Random) -> Iterator[str]:
    """Only the part of a message in which three replies of the list still fit: the dearest keystrokes."""
    while True:
        yield f"{pick.choice(PARTS)} {pick.choice(VERBS)} {pick.choice(THINGS)} "


def with_slip(word: str) -> str:
    return word[0] + word[2] + word[1] + word[3:] if len(word) > 3 else word


def typing(person: Person, keys: int, seed: int, lines: Lines = messages) -> Typing:
    """So many keys, one message after the other; each frame holds the whole text, as the desk sends it."""
    made = Typing()
    for line in lines(random.Random(seed)):
        for end in range(1, len(line) + 1):
            frame = {
                "t": "type",
                "conversation": person.conversation,
                "n": len(made.frames),
                "text": line[:end],
                "cursor": [end - 1, end],
            }
            made.frames.append(masked(json.dumps(frame, separators=(",", ":")).encode()))
            made.completing += end > 1 and line[end - 2].isalpha() and not line[end - 1].isalpha()
            if len(made.frames) == keys:
                return made
    raise AssertionError


def prepare(desk: Desk, people: int) -> list[Person]:
    desk.manage("create_company", "bench", "--name", "Bench")
    listed, history = desk.folder / "list.csv", desk.folder / "history.csv"
    write_list(listed)
    desk.manage("import_responses", "--company", "bench", str(listed), "--deploy", "production")
    write_history(history, 10_000)
    desk.manage("import_transcripts", "--company", "bench", str(history))
    train(desk)
    made = desk.run("-m", "benchmarks.desk_people", "bench", str(people))
    return [Person(**row) for row in json.loads(made)]


# --- how much an idle desk takes ------------------------------------------------------------------------------


async def say_hello(desk: Desk, people: Sequence[Person]) -> list[Socket]:
    """Open desks that have their cards; three seconds later, when nothing goes on any more."""
    sockets = await connect_all(desk.port, "/desk/socket", [person.cookie for person in people])
    hello = masked(b'{"t":"hello"}')
    for socket in sockets:
        welcomed = asyncio.get_running_loop().create_future()

        def heard(payload: bytes, welcomed: asyncio.Future[bytes] = welcomed) -> None:
            if payload.startswith(WELCOME) and not welcomed.done():
                welcomed.set_result(payload)

        socket.heard = heard
        socket.say(hello)
        assert len(json.loads(await asyncio.wait_for(welcomed, 30))["cards"]) == 1
        socket.heard = lambda _: None
    await asyncio.sleep(3)
    return sockets


async def memory(desk: Desk, people: Sequence[Person]) -> float:
    """KiB of the web process for each idle desk, beside twenty that were open before."""
    assert desk.process is not None
    process = psutil.Process(desk.process.pid)
    first, rest = people[:20], people[20:]
    sockets = await say_hello(desk, first)
    before = process.memory_info().rss
    sockets += await say_hello(desk, rest)
    idle = process.memory_info().rss
    await one_by_one(sockets, [typing(person, 2, 0).frames for person in people], OFFERS)
    asked = process.memory_info().rss
    for socket in sockets:
        socket.close()
    await asyncio.sleep(3)
    size = (idle - before) / 1024 / len(rest)
    print(
        f"{len(rest)} idle desks that said hello: {size:.0f} KiB each; "
        f"{(asked - before) / 1024 / len(rest):.0f} KiB once each has asked for suggestions"
    )
    return size


# --- what a keystroke costs -----------------------------------------------------------------------------------


async def one_by_one(sockets: Sequence[Socket], frames: Sequence[Sequence[bytes]], start: bytes) -> list[bytes]:
    """Each socket sends its next frame when the one before is answered by a frame that begins with `start`.

    Returns all answers.
    """
    done = asyncio.get_running_loop().create_future()
    left = len(sockets)
    answers: list[bytes] = []

    def follow(socket: Socket, following: Iterator[bytes]) -> Callable[[bytes], None]:
        def heard(payload: bytes) -> None:
            nonlocal left
            if not payload.startswith(start):
                return
            answers.append(payload)
            frame = next(following, None)
            if frame is not None:
                socket.say(frame)
                return
            left -= 1
            if not left:
                done.set_result(None)

        return heard

    for socket, own in zip(sockets, frames, strict=True):
        following = iter(own)
        socket.heard = follow(socket, following)
        socket.say(next(following))
    await asyncio.wait_for(done, 120)
    return answers


async def compare(desk: Desk, people: Sequence[Person], name: str, lines: Lines) -> float:
    """Server CPU for a keystroke against that for an echo of the same frames: the median ratio of rounds in turn."""
    people = people[:SOCKETS]
    typed = [typing(person, FRAMES_A_ROUND // SOCKETS, seed, lines) for seed, person in enumerate(people)]
    frames = [one.frames for one in typed]
    desks = await say_hello(desk, people)
    echoes = await connect_all(desk.port, "/echo", [""] * len(people))
    costs: list[tuple[float, float]] = []
    for turn in range(ROUNDS + 1):
        _, empty = await measured(desk, one_by_one(echoes, frames, ECHO))
        answers, full = await measured(desk, one_by_one(desks, frames, OFFERS))
        if turn:  # the first one warms both
            costs.append((empty, full))
    for socket in (*desks, *echoes):
        socket.close()
    keys = sum(len(own) for own in frames)
    ratios = [full / empty for empty, full in costs]
    ratio = statistics.median(ratios)
    empty, full = (1e6 * statistics.median(cost) / keys for cost in zip(*costs, strict=True))
    print(
        f"{name}, {SOCKETS} sockets, {ROUNDS} rounds: echo {empty:.0f} µs of CPU a frame, keystroke {full:.0f} µs: "
        f"{ratio:.2f} times (rounds {min(ratios):.2f} to {max(ratios):.2f}); "
        f"{sum(one.completing for one in typed) / keys:.0%} complete a word, {Seen.of(answers)}"
    )
    return ratio


async def measured(desk: Desk, work: Awaitable[Done]) -> tuple[Done, float]:
    """What `work` returns, and the CPU seconds that the web process spends meanwhile."""
    assert desk.process is not None
    process = psutil.Process(desk.process.pid)
    before = process.cpu_times()
    result = await work
    after = process.cpu_times()
    return result, after.user + after.system - before.user - before.system


# --- a crowd --------------------------------------------------------------------------------------------------


class Typist:
    """One of the crowd: when its keys were due, and which are answered by the offers for them or for a newer one."""

    def __init__(self, socket: Socket, frames: Sequence[bytes], result: Result, start: bytes = OFFERS) -> None:
        """`start`: how an answer begins."""
        self.socket, self._start = socket, start
        self.unanswered: deque[float] = deque()
        self.answers: list[bytes] = []
        self._frames, self._result = frames, result
        self._upto = 0
        socket.heard = self._heard

    async def type(self, first: float) -> None:
        """A key every 200 ms from `first` on; a late one does not hold up the next."""
        for turn, frame in enumerate(self._frames):
            due = first + turn / KEYS_PER_SECOND
            await asyncio.sleep(due - time.perf_counter())
            self.unanswered.append(due)
            self.socket.say(frame)

    def _heard(self, payload: bytes) -> None:
        now = time.perf_counter()
        if payload.startswith(self._start):
            start = payload.index(b'"n":') + 4
            upto = int(payload[start : payload.index(b",", start)]) + 1
            for _ in range(self._upto, upto):
                self._result.latencies.append(now - self.unanswered.popleft())
            self._upto = max(self._upto, upto)
            self.answers.append(payload)
        elif payload.startswith(ERROR):
            self._result.errors += 1


async def at_once(desk: Desk, typists: Sequence[Typist], result: Result) -> str:
    """All type, a key every 200 ms each; latencies count from when the key was due. What is to be said about it.

    What is not answered at all is an error, and so are error frames and sockets that close.
    """
    assert desk.process is not None
    own, waited = time.process_time(), waited_s(desk.process.pid)
    started = time.perf_counter() + 0.1
    work = [one.type(started + place / len(typists) / KEYS_PER_SECOND) for place, one in enumerate(typists)]
    _, cpu = await measured(desk, asyncio.gather(*work))
    result.seconds = time.perf_counter() - started
    own, waited = time.process_time() - own, waited_s(desk.process.pid) - waited
    await asyncio.sleep(1)
    result.errors += sum(len(one.unanswered) + (one.socket.closed is not None) for one in typists)
    for one in typists:
        one.socket.close()
    return (
        f"{result}   server CPU {cpu / result.seconds:.0%}, {waited / result.seconds:.0%} of the time it waited for a "
        f"processor; generator CPU {own / result.seconds:.0%}"
    )


def waited_s(pid: int) -> float:
    """Seconds that a process was ready to run while others had the processors (Linux, proc(5) schedstat)."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


async def crowd(desk: Desk, people: Sequence[Person], seconds: float) -> Result:
    """All agents type at once. Before it, a third as long, the same frames are echoed: what the machine can do now."""
    keys = int(seconds * KEYS_PER_SECOND)
    typed = [typing(person, keys, 1000 + seed).frames for seed, person in enumerate(people)]
    gc.freeze()
    echoes = await connect_all(desk.port, "/echo", [""] * len(people))
    empty, result = Result(), Result()
    typists = [Typist(socket, own[: keys // 3], empty, ECHO) for socket, own in zip(echoes, typed, strict=True)]
    said = await at_once(desk, typists, empty)
    print(f"{len(people)} agents, 5 keys a second each, echo:     {said}")
    sockets = await say_hello(desk, people)
    await one_by_one(sockets, [own[:20] for own in typed], OFFERS)
    typists = [Typist(socket, own, result) for socket, own in zip(sockets, typed, strict=True)]
    said = await at_once(desk, typists, result)
    seen = Seen.of(payload for one in typists for payload in one.answers)
    print(f"{len(people)} agents, 5 keys a second each, keystroke: {said}; {seen}")
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=25)
    parser.add_argument("--idle", type=int, default=500)
    arguments = parser.parse_args()
    with throwaway_desk() as desk:
        people = prepare(desk, max(arguments.agents, arguments.idle + 20))
        desk.start("benchmarks.echo_server:application")
        size = asyncio.run(memory(desk, people[: arguments.idle + 20]))
        ratios = [
            asyncio.run(compare(desk, people, "whole messages", messages)),
            asyncio.run(compare(desk, people, "beginnings", beginnings)),
        ]
        result = asyncio.run(crowd(desk, people[: arguments.agents], arguments.seconds))
    passed = max(ratios) <= 2 and size < 60 and result.percentile(0.99) < 100 and not result.errors
    print("reached" if passed else "NOT reached", "(2 times, p99 under 100 ms, no errors, 60 KiB)")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
