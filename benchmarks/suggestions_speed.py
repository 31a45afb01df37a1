"""Speed of suggestions beside what one would use without an engine: SQLite LIKE, SQLite FTS5, rapidfuzz."""

from __future__ import annotations

import re
import resource
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from composer.engine.serve.engine import RankingEngine
from composer.engine.types import Entry, SuggestionSession

LIST, LARGE = 5_000, 500_000


def list_of(size: int, texts: Sequence[str], queues: Sequence[str]) -> list[Entry]:
    """A list of this length: the texts first, then the same with other endings; every fourth for one queue alone."""
    endings = ("", " Thank you.", " Please wait.", " Is that all right?", " Let me know.", " Sorry about that.")
    found = []
    for number in range(size):
        round_, place = divmod(number, len(texts))
        ending = endings[round_ % len(endings)] + (f" ({round_})" if round_ >= len(endings) else "")
        filters = (("queue_name", frozenset([queues[number // 4 % len(queues)]])),) if number % 4 == 0 else ()
        found.append(Entry(str(number), texts[place] + ending, filters=filters))
    return found


def quantiles(seconds: Sequence[float]) -> str:
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    return f"p50 {1e6 * statistics.median(ordered):9.0f} µs   p99 {1e6 * p99:9.0f} µs"


def timed(ask: Callable[[Any, str], Any], asked: Sequence[tuple[Any, str]]) -> list[float]:
    """Seconds of each question."""
    return [seconds for seconds, _ in answered(ask, asked)]


def answered(ask: Callable[[Any, str], Any], asked: Sequence[tuple[Any, str]]) -> list[tuple[float, bool]]:
    """Seconds of each question, and whether anything was found."""
    found = []
    for scene, query in asked:
        started = time.perf_counter()
        answer = ask(scene, query)
        found.append((time.perf_counter() - started, bool(answer)))
    return found


def told_of(label: str, found: Sequence[tuple[float, bool]]) -> None:
    seconds = [each for each, _ in found]
    share = sum(hit for _, hit in found) / len(found)
    mean = 1e6 * statistics.mean(seconds)
    print(f"  {label:36} keystroke {quantiles(seconds)}   mean {mean:9.0f} µs   answers {share:4.0%}", flush=True)


def rivals(listed: Sequence[Entry]) -> dict[str, Callable[[Any, str], Any]]:
    """What answers the same question without an engine: typed text in a queue in, three texts out."""
    texts = [entry.text for entry in listed]
    rows = [(entry.text, *(queue for _, queues in entry.filters for queue in queues)) for entry in listed]
    database = sqlite3.connect(":memory:")
    database.execute("create table response (text text collate nocase, queue text)")
    database.execute("create index response_text on response (text)")
    database.execute("create virtual table words using fts5(text, queue unindexed, prefix='1 2 3')")
    for table in ("response", "words"):
        database.executemany(f"insert into {table} values (?, ?)", [(*row, None)[:2] for row in rows])  # noqa: S608

    def like(queue: str, query: str) -> Any:
        found = "select text from response where text like ? and (queue is null or queue = ?) limit 3"
        return database.execute(found, (query + "%", queue)).fetchall()

    def fts5(queue: str, query: str, joined: str) -> Any:
        words = re.findall(r"\w+", query)
        if not words:
            return []
        found = "select text from words where words match ? and (queue is null or queue = ?) order by rank limit 3"
        return database.execute(found, (joined.join(f'"{word}"' for word in words) + "*", queue)).fetchall()

    found: dict[str, Callable[[Any, str], Any]] = {
        "SQLite LIKE": like,
        "SQLite FTS5, all the words": lambda queue, query: fts5(queue, query, " "),
        "SQLite FTS5, any of the words": lambda queue, query: fts5(queue, query, " OR "),
    }
    try:
        from rapidfuzz import process

        found["rapidfuzz"] = lambda _, query: process.extract(query, texts, limit=3)
    except ImportError:
        print("  rapidfuzz is not installed: left out")
    return found


def scenes(corpus: Any, adapter: Any, turns: int) -> list[tuple[Any, str]]:
    """Scenes of the held-out conversations and what was then said."""
    found = []
    for key, place in corpus.protocol.sample_turns(corpus.held, turns):
        handle = adapter.start(corpus.score.conv_info(corpus.info, key, corpus.held))
        for message in corpus.held[key][:place]:
            adapter.add(handle, message)
        found.append((adapter.scene(handle), corpus.held[key][place]["text"]))
    return found


def keystrokes(
    prepared: Sequence[tuple[SuggestionSession, str]], points: Callable[[str], set[int]]
) -> list[tuple[Any, str]]:
    return [(scene, said[:length]) for scene, said in prepared for length in sorted(points(said)) if length]


def measure(engine: RankingEngine, told: Sequence[tuple[Any, str]], points: Any, label: str) -> list[tuple[str, str]]:
    """Prints the engine's times; the same questions for its rivals: queue and typed text."""
    # The messages before the last have been read at an earlier scene, as in the desk.
    for scene, _ in told:
        for turn in scene.turns[:-1]:
            engine.model.analyse(turn.role, turn.text, scene.customer_name, scene.agent_name)
    prepared, times = [], []
    for scene, said in told:
        started = time.perf_counter()
        ready = engine.prepare(scene)
        times.append(time.perf_counter() - started)
        prepared.append((ready, said))
    print(f"  {label:36} prepare   {quantiles(times)}")
    told_of(label, answered(lambda scene, query: scene.suggest(query).replies, keystrokes(prepared, points)))
    return [(scene.queue, said[:length]) for scene, said in told for length in sorted(points(said)) if length]


def print_speed(corpus: Any, adapter: Any, turns: int = 200) -> None:
    """The engine with 5,000 responses beside its rivals, then with 500,000 in a process of its own."""
    model = adapter.engine.model
    texts = [text for text in model.templates if text.isascii()]
    told = scenes(corpus, adapter, turns)
    started = time.perf_counter()
    listed = list_of(LIST, texts, sorted({scene.queue for scene, _ in told}))
    engine = RankingEngine(model, listed)
    print(f"  engine over {LIST} responses combined in {time.perf_counter() - started:.2f} s")
    asked = measure(engine, told, corpus.protocol.query_points, f"engine, {LIST}")
    for name, ask in rivals(listed).items():
        asked = asked if name != "rapidfuzz" else asked[::20]  # it takes as long for one as the others for a thousand
        told_of(name, answered(ask, asked))
    command = [sys.executable, "-m", "benchmarks.suggestions_speed", str(adapter.directory)]
    sys.stdout.flush()
    subprocess.run(command, check=True)


def large(directory: str) -> None:
    """500,000 responses: its own memory, typed texts that start some of them."""
    from pathlib import Path

    from composer.engine.model.model import Model
    from composer.engine.types import SuggestionContext, Turn

    model = Model(Path(directory))
    texts = [text for text in model.templates if text.isascii()]
    started = time.perf_counter()
    engine = RankingEngine(model, iter(list_of_lazily(LARGE, texts)))
    seconds = time.perf_counter() - started
    scene = engine.prepare(SuggestionContext("c", "production", "a", (Turn("customer", "Hello, I need some help."),)))
    asked = [(scene, text[:length]) for text in texts[:200] for length in (1, 2, 3, 5, 8, 13, 21) if len(text) > length]
    print(f"  engine, {LARGE}             keystroke {quantiles(timed(lambda s, q: s.suggest(q), asked))}")
    now = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20
    # ru_maxrss would be that of the process which started this one, where it was larger.
    [peak] = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    print(f"  engine, {LARGE}: {now:.0f} MB resident, {int(peak) / 1024:.0f} MB at most, combined in {seconds:.0f} s")


def list_of_lazily(size: int, texts: Sequence[str]) -> Any:
    for number in range(size):
        round_, place = divmod(number, len(texts))
        word = "".join(chr(97 + round_ // 26**power % 26) for power in range(3))
        yield Entry(str(number), f"{texts[place]} This is {word}." if round_ else texts[place])


if __name__ == "__main__":
    large(sys.argv[1])
