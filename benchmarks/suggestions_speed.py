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

from composer.engine.ranking.serving import RankingEngine
from composer.engine.types import Entry, PreparedScene

LIST, LARGE = 5_000, 500_000


def list_of(size: int, texts: Sequence[str]) -> list[Entry]:
    """A list of this length: the texts first, then the same with other endings."""
    endings = ("", " Thank you.", " Please wait.", " Is that all right?", " Let me know.", " Sorry about that.")
    found = []
    for number in range(size):
        round_, place = divmod(number, len(texts))
        ending = endings[round_ % len(endings)] + (f" ({round_})" if round_ >= len(endings) else "")
        found.append(Entry(str(number), texts[place] + ending))
    return found


def quantiles(seconds: Sequence[float]) -> str:
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    return f"p50 {1e6 * statistics.median(ordered):9.0f} µs   p99 {1e6 * p99:9.0f} µs"


def timed(ask: Callable[[Any, str], Any], asked: Sequence[tuple[Any, str]]) -> list[float]:
    found = []
    for scene, query in asked:
        started = time.perf_counter()
        ask(scene, query)
        found.append(time.perf_counter() - started)
    return found


def rivals(texts: Sequence[str]) -> dict[str, Callable[[Any, str], Any]]:
    database = sqlite3.connect(":memory:")
    database.execute("create table response (text text collate nocase)")
    database.execute("create index response_text on response (text)")
    database.execute("create virtual table words using fts5(text)")
    database.executemany("insert into response values (?)", [(text,) for text in texts])
    database.executemany("insert into words values (?)", [(text,) for text in texts])

    def like(_: Any, query: str) -> Any:
        return database.execute("select text from response where text like ? limit 3", (query + "%",)).fetchall()

    def fts5(_: Any, query: str) -> Any:
        words = re.findall(r"\w+", query)
        if not words:
            return []
        match = " ".join(f'"{word}"' for word in words) + "*"
        return database.execute("select text from words where words match ? order by rank limit 3", (match,)).fetchall()

    found: dict[str, Callable[[Any, str], Any]] = {"SQLite LIKE": like, "SQLite FTS5": fts5}
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
    prepared: Sequence[tuple[PreparedScene, str]], points: Callable[[str], set[int]]
) -> list[tuple[Any, str]]:
    return [(scene, said[:length]) for scene, said in prepared for length in sorted(points(said)) if length]


def measure(engine: RankingEngine, told: Sequence[tuple[Any, str]], points: Any, label: str) -> list[tuple[Any, str]]:
    # The messages before the last have been read at an earlier scene, as in the desk.
    for scene, _ in told:
        for turn in scene.turns[:-1]:
            engine.model.said(turn.role, turn.text, scene.customer_name, scene.agent_name)
    prepared, times = [], []
    for scene, said in told:
        started = time.perf_counter()
        ready = engine.prepare(scene)
        times.append(time.perf_counter() - started)
        prepared.append((ready, said))
    print(f"  {label:28} prepare   {quantiles(times)}")
    asked = keystrokes(prepared, points)
    print(f"  {label:28} keystroke {quantiles(timed(lambda scene, query: scene.suggest(query), asked))}")
    return asked


def print_speed(corpus: Any, adapter: Any, turns: int = 200) -> None:
    """The engine with 5,000 responses beside its rivals, then with 500,000 in a process of its own."""
    model = adapter.engine.model
    texts = [text for text in model.templates if text.isascii()]
    told = scenes(corpus, adapter, turns)
    started = time.perf_counter()
    listed = list_of(LIST, texts)
    engine = RankingEngine(model, listed)
    print(f"  engine over {LIST} responses combined in {time.perf_counter() - started:.2f} s")
    asked = measure(engine, told, corpus.protocol.query_points, f"engine, {LIST}")
    for name, ask in rivals([entry.text for entry in listed]).items():
        asked = asked if name != "rapidfuzz" else asked[::20]  # it takes as long for one as the others for a thousand
        print(f"  {name + f', {LIST}':28} keystroke {quantiles(timed(ask, asked))}", flush=True)
    command = [sys.executable, "-m", "benchmarks.suggestions_speed", str(adapter.directory)]
    sys.stdout.flush()
    subprocess.run(command, check=True)


def large(directory: str) -> None:
    """500,000 responses: its own memory, typed texts that start some of them."""
    from pathlib import Path

    from composer.engine.ranking.model import Model
    from composer.engine.types import Scene, Turn

    model = Model(Path(directory))
    texts = [text for text in model.templates if text.isascii()]
    started = time.perf_counter()
    engine = RankingEngine(model, iter(list_of_lazily(LARGE, texts)))
    seconds = time.perf_counter() - started
    scene = engine.prepare(Scene("c", "production", "a", (Turn("customer", "Hello, I need some help."),)))
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
