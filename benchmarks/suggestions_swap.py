"""Keystrokes while a new list and a new model are taken: how late they are, and how soon all see the new one.

    python -m benchmarks.suggestions_swap [--agents 50] [--seconds 8]

One web process, 5,000 responses and a model of 20,000 generated agent messages; the agents type 5 keys a second.
Must reach: both picked up within 2 s of the command that brings them, and keystrokes no slower meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import random
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import load
from benchmarks.keystroke_http import ENDS, PARTS, THINGS, VERBS, ask_once, begin, prepare, typing, write_list
from benchmarks.throwaway import Desk, throwaway_desk

KEYS_PER_SECOND = 5.0
NEW, LEARNED = "Zebras are on their way", "You are welcome"


def write_history(file: Path, conversations: int) -> None:
    """Generated conversations: a wish, an answer that fits it, thanks."""
    pick = random.Random(7)
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["conversation_externalId", "sender_externalId", "sender_role", "text", "timestamp"])
        for number in range(conversations):
            verb, thing, end = pick.choice(VERBS), pick.choice(THINGS), pick.choice(ENDS)
            day, hour = divmod(number // 60, 24)
            at = f"2026-01-{day + 1:02d}T{hour:02d}:{number % 60:02d}"
            rows = [
                ("customer", f"Hello, can you {verb} {thing} {end}?"),
                ("agent", f"{pick.choice(PARTS)} {verb} {thing} {end}."),
                ("customer", "Thanks a lot"),
                ("agent", "You are welcome. Anything else I can do?"),
            ]
            for place, (role, text) in enumerate(rows):
                writer.writerow([f"h{number}", f"{role}{number % 40}", role, text, f"{at}:{place:02d}Z"])


def crowd(desk: Desk, keys: dict[str, str], paths: list[str], seconds: float) -> load.Result:
    agents = [typing(path, keys) for path in paths]
    return asyncio.run(load.run(desk.port, agents, int(seconds * KEYS_PER_SECOND), 1 / KEYS_PER_SECOND))


def seen_after(desk: Desk, keys: dict[str, str], path: str, wanted: str, since: list[float]) -> float:
    """Seconds from the end of the change until the offers hold what is wanted."""
    while True:
        offers = desk.call(path, {"query": wanted[:6]}, keys)["suggestions"]
        if any(wanted in offer["text"] for offer in offers):
            return time.perf_counter() - since[0] if since else 0.0
        time.sleep(0.02)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=8)
    arguments = parser.parse_args()
    with throwaway_desk() as desk:
        keys = prepare(desk)
        paths = begin(desk, keys, arguments.agents, "swap")
        ask_once(desk, keys, paths)
        history = desk.folder / "history.csv"
        write_history(history, 10_000)
        untaught = train(desk)
        desk.manage("import_transcripts", "--company", "bench", str(history))
        taught = train(desk)
        use(desk, untaught)
        crowd(desk, keys, paths, 3)
        quiet = crowd(desk, keys, paths, arguments.seconds)
        print(f"{'nothing changes:':26} {quiet}")
        ok = True
        changes: dict[str, Callable[[Desk], str]] = {
            "a new list is deployed": new_list,
            "a model goes into use": lambda desk: use(desk, taught),
        }
        for name, change in changes.items():
            result, took = during(desk, keys, paths, arguments.seconds, change)
            print(f"{name + ':':26} {result}   picked up after {took:.2f} s")
            ok = ok and took <= 2 and not result.errors
    print("reached" if ok else "not reached")
    return 0 if ok else 1


def new_list(desk: Desk) -> str:
    file = desk.folder / "new.csv"
    write_list(file)
    with file.open("a", newline="", encoding="utf-8") as out:
        csv.writer(out).writerow([f"{NEW}.", "", "", "", ""])
    desk.manage("import_responses", "--company", "bench", str(file), "--deploy", "production")
    return NEW


def train(desk: Desk) -> str:
    """Train; the id of the new model."""
    print(desk.manage("train_suggestions", "--company", "bench", "--environment", "production").strip())
    [newest, *_] = [line for line in desk.manage("train_suggestions", "--company", "bench", "--list").splitlines()
                    if line.startswith("production")]  # fmt: skip
    return newest.split()[1]


def use(desk: Desk, model: str) -> str:
    desk.manage("train_suggestions", "--company", "bench", "--use", model)
    return LEARNED


def during(
    desk: Desk, keys: dict[str, str], paths: list[str], seconds: float, change: Callable[[Desk], str]
) -> tuple[load.Result, float]:
    """Keystrokes of the crowd while `change` runs beside it; seconds until it was seen."""
    took: list[float] = []

    def work() -> None:
        time.sleep(1)
        wanted = change(desk)
        took.append(seen_after(desk, keys, paths[0], wanted, [time.perf_counter()]))

    thread = threading.Thread(target=work)
    thread.start()
    result = crowd(desk, keys, paths, seconds)
    thread.join(60)
    return result, took[0] if took else float("inf")


if __name__ == "__main__":
    sys.exit(main())
