"""Quicksearch over 50,000 responses, beside SQLite's LIKE and FTS5 on the same terms in the same run.

    python -m benchmarks.quicksearch

Must reach: a search at most 1 ms p50.
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Sequence

from benchmarks.keystroke_http import ENDS, PARTS, THINGS, VERBS
from responses.engine.quicksearch import Document, QuickSearch

RESPONSES = 50_000
LIMIT_MS = 1.0


def sentences(pick: random.Random) -> list[str]:
    """Sentences with some 8,000 different words, common and rare."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    rare = ["".join(pick.choices(letters, k=pick.randint(4, 10))) for _ in range(8000)]
    return [
        f"{pick.choice(PARTS)} {pick.choice(VERBS)} {pick.choice(THINGS)} {pick.choice(ENDS)},"
        f" {pick.choice(rare)} {pick.choice(rare)}."
        for _ in range(RESPONSES)
    ]


def terms(texts: Sequence[str], pick: random.Random) -> list[str]:
    """As people type them: starts of sentences, words out of the middle, parts of words, and mistakes."""
    found = []
    for _ in range(2000):
        text = pick.choice(texts).rstrip(".")
        words = [word.strip(",.") for word in text.split()]
        kind = pick.randrange(4)
        word = pick.choice([word for word in words if len(word) > 4])
        if kind == 0:
            found.append(text[: pick.randint(1, 30)])
        elif kind == 1:
            found.append(" ".join(pick.sample(words, 2)))
        elif kind == 2:
            found.append(word[1:4])
        else:
            place = pick.randrange(1, len(word) - 1)
            found.append(word[:place] + word[place + 1] + word[place] + word[place + 2 :])
    return found


def timed(search: Callable[[str], object], asked: Sequence[str]) -> str:
    taken = []
    for term in asked:
        started = time.perf_counter()
        search(term)
        taken.append(1000 * (time.perf_counter() - started))
    taken.sort()
    return f"p50 {statistics.median(taken):7.3f} ms   p99 {taken[len(taken) * 99 // 100]:7.3f} ms"


def rivals(texts: Sequence[str]) -> dict[str, Callable[[str], object]]:
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE plain (text)")
    base.execute("CREATE VIRTUAL TABLE fts USING fts5 (text)")
    for table in ("plain", "fts"):
        base.executemany(f"INSERT INTO {table} VALUES (?)", [(text,) for text in texts])  # noqa: S608 our own names

    def like(term: str) -> object:
        return base.execute("SELECT text FROM plain WHERE text LIKE ? LIMIT 20", (f"%{term}%",)).fetchall()

    def fts(term: str) -> object:
        asked = " ".join(f'"{word}"*' for word in term.replace('"', "").split())
        return base.execute("SELECT text FROM fts WHERE fts MATCH ? ORDER BY rank LIMIT 20", (asked,)).fetchall()

    return {"SQLite LIKE": like, "SQLite FTS5 (no mistakes)": fts}


def main() -> int:
    pick = random.Random(3)
    texts = sentences(pick)
    asked = [term for term in terms(texts, pick) if term.strip()]
    started = time.perf_counter()
    search = QuickSearch(Document(text) for text in texts)
    print(f"{RESPONSES} responses indexed in {time.perf_counter() - started:.1f} s")
    own = timed(search.search, asked)
    print(f"{'quicksearch':28} {own}")
    for name, ask in rivals(texts).items():
        print(f"{name:28} {timed(ask, asked[:200])}")
    reached = float(own.split()[1]) <= LIMIT_MS
    print("reached" if reached else "not reached")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
