"""The example of docs/engine.md, step by step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from composer.engine.serve.context import PreparedContext
from composer.engine.serve.engine import RankingEngine
from composer.engine.serve.explain import explain, explained
from composer.engine.serve.session import RankingSession
from composer.engine.text.entities import SLOTS
from tests.engine.samples import context_with

DOCUMENT = (Path(__file__).parents[2] / "docs" / "engine.md").read_text()
RESERVED = "Your table at Mezzaluna is reserved."
INVOICE = "Your invoice was sent by email."
REFUND = "Your refund is on its way."


@pytest.fixture
def session(calibrated: RankingEngine) -> RankingSession:
    context = context_with(
        "Hi, I want a table at Mezzaluna.",
        agent="a",
        inserts={"NAME": "Kim"},
        customer_name="Kim",
        metadata={"queue": "billing"},
    )
    return calibrated.prepare(context)


def test_the_turn_is_masked_and_its_values_are_known(session: RankingSession) -> None:
    [turn] = session.prepared.turns
    assert turn.folded == f"hi, i want a table at {SLOTS['name']}."
    assert len(turn.ids) == 15
    values = {kind: [value.text for value in values] for kind, values in session.values.by_kind.items()}
    assert values == {"name": ["Mezzaluna"], "customer": ["Kim"]}


def test_the_index_has_nine_entries_and_three_templates(session: RankingSession) -> None:
    index = session.engine.index
    assert (len(index), index.list_size, index.learned_size) == (12, 9, 3)


def test_the_first_stage_adds_named_features_up(session: RankingSession) -> None:
    first = PreparedContext(session.engine, session.prepared.context)
    first.score()
    row = session.offered_rows("your")[0]
    parts = explain(session, RESERVED, "your").parts
    assert parts is not None
    shares = {name: share.share for name, share in parts.first_stage.items() if abs(share.share) > 0.1}
    assert set(shares) == {"popularity", "agent_affinity", "dot"}
    assert sum(each.share for each in parts.first_stage.values()) == pytest.approx(float(first.scores[row]), abs=1e-3)
    assert parts.first_stage["popularity"].value == pytest.approx(np.log(180), abs=0.01)


def test_three_offers_come_of_typing_your(session: RankingSession) -> None:
    replies = explained(session, "your").replies
    assert [(reply.text, reply.source) for reply in replies] == [
        (RESERVED, "organic"),
        (INVOICE, "global"),
        (REFUND, "global"),
    ]
    for reply in replies:
        assert f"| {reply.text} | {reply.source} |" in DOCUMENT
        assert reply.parts is not None
        assert sum(each.share for each in reply.parts.reranker.values()) == pytest.approx(reply.score, abs=1e-3)
    [check] = [reply.parts.filters["queue"] for reply in replies if reply.parts and reply.parts.filters]
    assert (check.wanted, check.found, check.matches) == (frozenset({"billing"}), "billing", True)


def test_what_is_not_offered_has_its_reason(session: RankingSession) -> None:
    assert explain(session, "You owe $8.20 in total.", "you").outcome == "missing_slot"
    assert explain(session, "Your refund is on its way!", "your").outcome == "near_duplicate"
    assert explain(session, REFUND).outcome == "unlikely"


def test_one_reply_is_likely_enough_for_the_empty_composer(session: RankingSession) -> None:
    [reply] = session.suggest("").replies
    assert reply.text == "Great, a table at Mezzaluna is free. Shall I reserve it?"


def test_the_phrase_comes_when_votes_agree(session: RankingSession) -> None:
    assert session.suggest("your").phrase == ""
    assert session.suggest("your t").phrase == "your table at"
