"""Training on generated conversations: how long, and how much memory.

    python -m benchmarks.suggestions_training [--messages 1000000]

Must hold: 45,000 agent messages in under 90 s and 2 GB; 1,000,000 in under 40 minutes.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

# One thread, before numpy is loaded: several would wait for each other beside other work.
from benchmarks.keystroke_http import ENDS, PARTS, THINGS, VERBS  # noqa: E402
from composer.engine.train.corpus import Conversation  # noqa: E402
from composer.engine.train.pipeline import train  # noqa: E402
from composer.engine.types import Entry, Turn  # noqa: E402

ANSWERS_EACH = 8
NAMES = ("Sarah", "Robin", "Kim", "Alex", "Maya", "Tom", "Priya", "Jonas", "Lee", "Ana")
PLACES = ("Dublin", "Galway", "Leipzig", "Porto", "Turin", "Malmo", "Graz", "Nantes")
LIMITS = {45_000: 90, 1_000_000: 40 * 60}


def conversation(pick: random.Random) -> Conversation:
    """Wishes and answers that share a verb, a thing and a place or an amount; every tenth answer is one of a kind."""
    customer, place = pick.choice(NAMES), pick.choice(PLACES)
    turns = [Turn("customer", f"Hello, I am {customer} from {place}.")]
    for number in range(ANSWERS_EACH):
        verb, thing, end = pick.choice(VERBS), pick.choice(THINGS), pick.choice(ENDS)
        amount = f"${pick.randint(5, 900)}.{pick.randint(10, 99)}"
        turns.append(Turn("customer", f"Can you {verb} {thing} {end}? I paid {amount} on May {pick.randint(1, 28)}."))
        answer = f"{pick.choice(PARTS)} {verb} {thing} {end}, {customer}. The {amount} will be back in {place}."
        if number == 0:
            answer = f"Hello {customer}, how can I help you {end}?"
        elif pick.random() < 0.1:
            answer += " " + " ".join(pick.sample(THINGS + ENDS + VERBS, 4))
        turns.append(Turn("agent", answer))
    return Conversation(turns, agent=f"a{pick.randint(1, 400)}", queue=pick.choice(PLACES), customer_name=customer)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000, help="agent messages")
    arguments = parser.parse_args()

    def source() -> Iterator[Conversation]:
        pick = random.Random(11)
        return (conversation(pick) for _ in range(arguments.messages // ANSWERS_EACH))

    entries = [Entry(str(number), f"{part} {verb} it.") for number, (part, verb) in enumerate(zip(PARTS, VERBS))]  # noqa: B905
    with tempfile.TemporaryDirectory() as folder:
        started, used = time.perf_counter(), time.process_time()
        made = train(Path(folder) / "model", source, entries)
        seconds, used = time.perf_counter() - started, time.process_time() - used
        size = sum(file.stat().st_size for file in (Path(folder) / "model").iterdir()) / 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    took = f"{seconds:.0f} s, {used:.0f} s of the processor"
    print(f"{made['messages']} agent messages, {made['templates']} of them kept: {took}")
    print(f"{peak:.0f} MB at most; the artefact has {size:.0f} MB")
    limit = LIMITS.get(arguments.messages)
    reached = limit is None or (seconds < limit and peak < 2048)
    print("reached" if reached else "not reached")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
