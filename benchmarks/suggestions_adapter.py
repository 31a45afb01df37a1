"""The trained engine as the scorer sees it: trained on the train split and its list, asked turn by turn."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from composer.engine.serve.engine import RankingEngine
from composer.engine.train.corpus import Conversation
from composer.engine.train.pipeline import train
from composer.engine.types import Entry, SuggestionContext, SuggestionSession, Turn


def _rows(path: str) -> Iterator[dict[str, str]]:
    if not os.path.exists(path) and os.path.exists(path + ".gz"):
        path += ".gz"
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def turn_of(role: str, text: str, timestamp: str) -> Turn:
    return Turn(role, text, dt.datetime.fromisoformat(timestamp.replace("Z", "+00:00")).timestamp())  # type: ignore


def conversations(train_path: str, conversations_path: str | None) -> Callable[[], Iterator[Conversation]]:
    """The train split in order of time, as a source that can be read again."""

    def source() -> Iterator[Conversation]:
        info = {row["conversation_externalId"]: row for row in _rows(conversations_path)} if conversations_path else {}
        turns: dict[str, list[dict[str, str]]] = {}
        for row in _rows(train_path):
            turns.setdefault(row["conversation_externalId"], []).append(row)
        for key in sorted(turns, key=lambda key: turns[key][0]["timestamp"]):
            about = info.get(key, {})
            yield Conversation(
                [turn_of(row["sender_role"], row["text"], row["timestamp"]) for row in turns[key]],
                customer=about.get("customer_externalId", ""),
                agent=about.get("agent_externalId", ""),
                queue=about.get("queue_name", ""),
                customer_name=about.get("customer_name", ""),
                agent_name=about.get("agent_name", ""),
            )

    return source


def entries(responses_path: str) -> list[Entry]:
    found = []
    for number, row in enumerate(_rows(responses_path)):
        key, values = row["Metadata filter key"], row["Metadata filter value"]
        filters = ((key, frozenset(value.strip() for value in values.split(","))),) if key else ()
        found.append(
            Entry(str(number), row["Text"], row["Title"], "global", filters=filters, folder=row["Folder path"])
        )
    return found


class Ranking:
    """Adapter for score.py: `--adapter benchmarks/suggestions_adapter.py:Ranking`."""

    name = "ranking"
    transcripts = True
    names = True

    def fit(self, train_path: str, responses_path: str, conversations_path: str | None = None) -> None:
        started, used = time.perf_counter(), time.process_time()
        self.directory = Path(tempfile.mkdtemp(prefix="suggestions.")) / "model"
        source = conversations(train_path, conversations_path)
        listed = entries(responses_path)
        self.measured = train(self.directory, source if self.transcripts else lambda: iter(()), listed)
        self.train_seconds, self.train_used = time.perf_counter() - started, time.process_time() - used
        self.engine = RankingEngine.open(self.directory, listed)

    def close(self) -> None:
        shutil.rmtree(self.directory.parent)

    def start(self, conv: dict[str, str]) -> dict[str, Any]:
        return {"conv": conv, "turns": [], "prepared": None}

    def add(self, handle: dict[str, Any], message: dict[str, str]) -> None:
        handle["turns"].append(turn_of(message["role"], message["text"], message["timestamp"]))
        handle["prepared"] = None

    def scene(self, handle: dict[str, Any]) -> SuggestionContext:
        conv = handle["conv"]
        customer = conv.get("customer_name", "") if self.names else ""
        known = {"NAME": customer, "rep_name": conv.get("agent_name", "")}
        return SuggestionContext(
            company="bench",
            environment="production",
            agent=conv.get("agent_externalId", ""),
            turns=tuple(handle["turns"]),
            inserts={name: value for name, value in known.items() if value},
            metadata={"queue_name": conv["queue_name"]} if conv.get("queue_name") else {},
            queue=conv.get("queue_name", ""),
            customer_name=customer,
            agent_name=conv.get("agent_name", ""),
        )

    def prepared(self, handle: dict[str, Any]) -> SuggestionSession:
        if handle["prepared"] is None:
            handle["prepared"] = self.engine.prepare(self.scene(handle))
        return handle["prepared"]

    def suggest(self, handle: dict[str, Any], query: str) -> dict[str, Any]:
        offers = self.prepared(handle).suggest(query)
        return {
            "suggestions": [{"text": offer.text, "source": offer.source} for offer in offers.replies],
            "phraseCompletion": {"text": offers.phrase},
        }

    def rank(self, handle: dict[str, Any], texts: list[str]) -> list[float]:
        return self.engine.rank(self.scene(handle), texts)


class ListOnly(Ranking):
    """Cold start: the list and no transcripts."""

    name = "list only"
    transcripts = False
