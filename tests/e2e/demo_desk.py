"""A real `./desk up` with the demo company: pages, API, database, and processes that a test may kill."""

from __future__ import annotations

import json
import signal
import sqlite3
import urllib.request
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import psutil

from tests.site.desk_process import DeskProcess


class DemoDesk:
    """The demo company's desk, and its other side: an agent of another system, and the database."""

    def __init__(self, process: DeskProcess) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{process.port}"
        facts = json.loads((process.folder / "demo.json").read_text(encoding="utf-8"))
        self._keys = {"asapp-api-id": facts["api_id"], "asapp-api-secret": facts["api_secret"]}

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.process.folder / 'desk.sqlite3'}?mode=ro", uri=True)) as database:
            return database.execute(query, values).fetchall()

    def said(self, conversation: str) -> list[str]:
        """The texts of a conversation in order."""
        query = "SELECT text FROM conversations_message WHERE conversation_id = ? ORDER BY sequence"
        return [text for (text,) in self.rows(query, conversation)]

    def post(self, path: str, body: dict[str, Any]) -> Any:
        headers = {"content-type": "application/json", **self._keys}
        request = urllib.request.Request(f"{self.url}/conversation/v1/{path}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def join(self, conversation: str) -> None:
        """Robin takes it."""
        [(external_id,)] = self.rows("SELECT external_id FROM conversations_conversation WHERE id = ?", conversation)
        [(customer,)] = self.rows(
            "SELECT c.external_id FROM conversations_customer c"
            " JOIN conversations_participant p ON p.customer_id = c.id WHERE p.conversation_id = ?",
            conversation,
        )
        body = {
            "externalId": external_id,
            "customer": {"externalId": customer},
            "agent": {"externalId": "robin", "name": "Robin Hale"},
            "timestamp": now(),
        }
        self.post("conversations", body)

    def answer(self, conversation: str, text: str) -> None:
        body = {"text": text, "sender": {"role": "agent", "externalId": "robin"}, "timestamp": now()}
        self.post(f"conversations/{conversation}/messages", body)

    def kill(self, word: str) -> psutil.Process:
        """Kill the child whose command line has this word; the parent starts another."""
        child = self.process.child(word)
        child.send_signal(signal.SIGKILL)
        return child


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
