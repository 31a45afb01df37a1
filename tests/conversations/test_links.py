"""Which parts of a message are links. The same cases hold for the pages' script (`tests/e2e/test_links.py`)."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from conversations.links import parts_of

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "data" / "links.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_addresses_are_links(case: dict[str, Any]) -> None:
    assert [[part.text, part.href] for part in parts_of(case["text"])] == case["parts"]


@pytest.mark.parametrize("unit", ["https://", "https://a.b/(", ")", "https://a.b/)", "https://a.b.", "https://а"])
def test_a_long_hostile_text_takes_no_time(unit: str) -> None:
    """Each within half a second: 20,000 characters are the longest message."""
    for text in (unit * (20_000 // len(unit)), "https://a.example/" + unit * (20_000 // len(unit))):
        begun = time.perf_counter()
        parts_of(text)
        assert time.perf_counter() - begun < 0.5
