"""The small company of the engine's tests: a list, conversations, and trainings that take a second."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from composer.engine.train.config import (
    CorpusConfig,
    EncoderConfig,
    PhraseFitConfig,
    RankWeightConfig,
    RerankerFitConfig,
    TrainConfig,
)
from composer.engine.train.corpus import Conversation
from composer.engine.types import Entry, SuggestionContext, Turn

DATA = json.loads((Path(__file__).parent / "data" / "suggestions.json").read_text())


def entry(row: dict[str, Any]) -> Entry:
    filters = tuple((name, frozenset(values)) for name, values in row.get("filters", {}).items())
    return Entry(row["key"], row["text"], filters=filters)


def turns(rows: list[list[str]], **values: str) -> tuple[Turn, ...]:
    return tuple(Turn(role, text.format(**values), at) for at, (role, text) in enumerate(rows))  # type: ignore[arg-type]


def conversations() -> list[Conversation]:
    found = []
    for row in DATA["conversations"]:
        for number in range(row["repeat"]):
            values = {name: values[number] for name, values in row["values"].items()}
            # Each many times: below some hundred messages the engine goes by the list alone.
            found += [Conversation(turns(row["turns"], **values), agent="a", queue="q")] * 30
    return found


ENTRIES = [entry(row) for row in DATA["list"]]
# Small enough to train in a second on a busy machine.
SMALL = EncoderConfig(width=48, hidden=48, members=1, min_steps=150)
TRAINING = TrainConfig(encoders=SMALL)
CALIBRATED = TrainConfig(
    encoders=SMALL,
    corpus=CorpusConfig(min_validation_step=4, min_validation_messages=40),
    reranker=RerankerFitConfig(min_examples=40),
    rank_weights=RankWeightConfig(min_messages=40),
    phrases=PhraseFitConfig(min_messages=40),
)


def context_of(case: dict[str, Any]) -> SuggestionContext:
    return SuggestionContext(
        company="c",
        environment="production",
        agent="a",
        turns=turns(case.get("turns", [])),
        inserts=case.get("inserts", {}),
        metadata=case.get("metadata", {}),
        day_part=case.get("day_part", ""),
        queue="q",
    )


def context_with(*customer: str, agent: str = "b", **values: Any) -> SuggestionContext:
    """A context after messages of the customer."""
    told = tuple(Turn("customer", text, float(at)) for at, text in enumerate(customer))
    return SuggestionContext("c", "production", agent, told, **values)
