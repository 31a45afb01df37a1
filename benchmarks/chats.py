"""Texts of transcripts in the historical transcript format, CSV or CSV packed with gzip."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator


def _rows(path: str) -> Iterator[dict[str, str]]:
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def every_text(path: str) -> Iterator[str]:
    """What everybody said, in the order of the file."""
    yield from (row["text"] for row in _rows(path))


def agent_texts(path: str) -> Iterator[str]:
    """What agents said."""
    yield from (row["text"] for row in _rows(path) if row["sender_role"] == "agent")


def agent_conversations(path: str) -> Iterator[list[str]]:
    """What agents said, by conversation."""
    said: dict[str, list[str]] = {}
    for row in _rows(path):
        if row["sender_role"] == "agent":
            said.setdefault(row["conversation_externalId"], []).append(row["text"])
    yield from said.values()
