"""The words of a transcript for events that are no message."""

from __future__ import annotations

from typing import Any

import pytest

from composer.desk.display.desk_rows import desk_row
from conversations.events import About, EventRow
from safety.engine.masking import Redactor

MAYA, TOM = {"id": "maya", "name": "Maya Byrne"}, {"id": "tom", "name": "Tom Ward"}
NOBODY: About = {"by": "system", "by_name": "", "agent": None, "to_agent": None, "from_queue": "", "to_queue": ""}


def words(type_: str, **about: Any) -> str:
    row = EventRow(sequence=1, type=f"conversation.{type_}", at=0.0, message=None, about=NOBODY | about)  # type: ignore[typeddict-item]
    return desk_row(row, Redactor(()), me="maya", customer="Nora")["words"]


@pytest.mark.parametrize(
    ("type_", "about", "expected"),
    [
        ("queued", {"to_queue": "billing"}, "Nora waits in billing"),
        ("queued", {}, "Nora waits in the queue"),
        ("agent_joined", {"by": "agent", "agent": MAYA}, "You joined"),
        ("agent_joined", {"agent": TOM}, "Tom Ward joined"),
        ("agent_joined", {}, "An agent joined"),
        ("agent_left", {"agent": TOM}, "Tom Ward left"),
        ("agent_left", {"agent": TOM, "to_agent": MAYA}, ""),
        ("agent_left", {"agent": TOM, "to_queue": "billing"}, ""),
        (
            "transferred",
            {"by": "agent", "agent": TOM, "to_agent": MAYA, "from_queue": "mobile"},
            "Tom Ward passed the chat from mobile to you",
        ),
        ("transferred", {"by": "agent", "agent": MAYA, "to_queue": "billing"}, "You passed the chat to billing"),
        (
            "transferred",
            {"by": "staff", "by_name": "Priya Nair", "agent": TOM, "to_queue": "billing", "from_queue": "mobile"},
            "Priya Nair passed the chat from Tom Ward to billing",
        ),
        ("transferred", {"agent": MAYA, "to_queue": "billing"}, "The chat went back from you to billing"),
        ("transferred", {}, "The chat went back from an agent to somebody else"),
        ("resumed", {"by": "customer"}, "Nora came back"),
        ("customer_authenticated", {}, "Nora signed in"),
        ("timed_out", {"agent": TOM}, "Timed out: Nora was silent"),
        ("ended", {"by": "customer", "agent": TOM}, "Nora ended the chat"),
        ("ended", {"by": "agent", "agent": MAYA}, "You ended the chat"),
        ("ended", {"by": "agent", "agent": TOM}, "Tom Ward ended the chat"),
        ("ended", {"by": "staff", "by_name": "Priya Nair", "agent": TOM}, "Priya Nair ended the chat"),
        ("ended", {}, "The system ended the chat"),
        ("created", {}, ""),
        ("updated", {}, ""),
    ],
)
def test_an_event_is_said_in_words(type_: str, about: dict[str, Any], expected: str) -> None:
    assert words(type_, **about) == expected
