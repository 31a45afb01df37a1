"""Why a response is offered, or not, and what its score is made of."""

from __future__ import annotations

import pytest

from composer.engine.serve.engine import RankingEngine
from composer.engine.serve.explain import explain, explained
from composer.engine.serve.settings import DiversifierConfig, Settings
from composer.engine.train.pipeline import train
from composer.engine.types import Entry, FilterCheck, RecentText, SuggestionContext, Turn
from tests.engine.samples import ENTRIES, context_with

TABLE = "Hi, I want a table at Mezzaluna."
FREE = "Great, a table at Mezzaluna is free. Shall I reserve it?"
BILLING = "Your invoice was sent by email."


def total(shares) -> float:
    return sum(each.share for each in shares.values())


def test_an_offer_of_a_keystroke_has_no_parts(engine: RankingEngine) -> None:
    session = engine.prepare(context_with(TABLE))
    assert all(offer.parts is None for query in ("", "gr") for offer in session.suggest(query).replies)


@pytest.mark.parametrize("query", ["", "great", "your", "you owe"])
def test_explained_offers_are_the_same_offers(engine: RankingEngine, query: str) -> None:
    session = engine.prepare(context_with(TABLE, "I paid $3.50"))
    plain, with_parts = session.suggest(query), explained(session, query)
    assert [offer.text for offer in with_parts.replies] == [offer.text for offer in plain.replies]
    assert plain.replies
    for offer in with_parts.replies:
        assert offer.parts is not None
        assert offer.parts.source == offer.source


def test_the_shares_of_the_first_stage_add_up_to_the_score(engine: RankingEngine) -> None:
    session = engine.prepare(context_with(TABLE))
    [offer, *_] = explained(session, "great").replies
    assert offer.parts is not None
    names = {"dot", "popularity", "fill_rate", "past_contexts", "agent_affinity", "in_list", "list_order", "lexical"}
    assert set(offer.parts.first_stage) == names
    assert total(offer.parts.first_stage) == pytest.approx(offer.parts.score, abs=1e-3)
    assert offer.parts.reranker == {}


def test_the_shares_of_the_reranker_add_up_to_the_new_score(calibrated: RankingEngine) -> None:
    session = calibrated.prepare(context_with(TABLE))
    [offer, *_] = explained(session, "great").replies
    assert offer.parts is not None
    assert {"first_stage", "meaning", "repeats_last", "hidden_layer"} <= set(offer.parts.reranker)
    assert total(offer.parts.reranker) == pytest.approx(offer.score, abs=1e-3)


def test_what_the_agent_lately_said_is_a_share(engine: RankingEngine) -> None:
    reset = "Please reset your password and try again."
    session = engine.prepare(context_with(TABLE, recent=(RecentText(reset, 1.0, "k"),)))
    parts = explain(session, reset, "please").parts
    assert parts is not None
    assert parts.first_stage["agent_history"].share > 0


def test_a_filter_that_does_not_match_says_what_it_wants(engine: RankingEngine) -> None:
    for metadata, outcome, found in (({}, "filter", None), ({"queue": "sales"}, "filter", "sales")):
        explanation = explain(engine.prepare(context_with(TABLE, metadata=metadata)), BILLING, "your inv")
        assert explanation.outcome == outcome
        assert explanation.parts is not None
        assert explanation.parts.filters == {"queue": FilterCheck(frozenset({"billing"}), found)}
    session = engine.prepare(context_with(TABLE, metadata={"queue": "billing"}))
    assert explain(session, BILLING, "your inv").outcome == "offered"


def test_missing_values_are_named(engine: RankingEngine) -> None:
    session = engine.prepare(context_with("Hello"))
    thanks = explain(session, "Thanks, {NAME}.", "thanks")
    assert thanks.outcome == "missing_insert"
    assert thanks.parts is not None
    assert thanks.parts.missing_inserts == ("NAME",)
    owe = explain(session, "You owe $8.20 in total.", "you")
    assert owe.outcome == "missing_slot"
    assert owe.parts is not None
    assert owe.parts.missing_slots == ("amount",)


@pytest.mark.parametrize(
    ("text", "query", "outcome"),
    [
        ("Nobody ever said this before", "", "unknown"),
        ("Your refund is on its way.", "password", "no_match"),
        ("Your refund is on its way.", "your ref " * 80, "query_too_long"),
        ("Your refund is on its way.", "I have looked into it for you. " * 6, "message_complete"),
        ("Your refund is on its way!", "your refund", "offered"),
        ("Your refund is on its way.", "your refund", "near_duplicate"),
    ],
)
def test_outcomes_for_typed_text(engine: RankingEngine, text: str, query: str, outcome: str) -> None:
    assert explain(engine.prepare(context_with(TABLE)), text, query).outcome == outcome


def test_the_wrong_part_of_the_day(engine: RankingEngine) -> None:
    session = engine.prepare(context_with("Hello", day_part="evening"))
    assert explain(session, "Good morning, thanks for waiting.").outcome == "day_part"


def test_what_the_company_switched_off(engine: RankingEngine) -> None:
    other = RankingEngine(engine.model, ENTRIES, Settings(transcripts=False))
    assert explain(other.prepare(context_with(TABLE)), FREE).outcome == "switched_off"
    assert explain(engine.prepare(context_with(TABLE)), FREE).outcome == "offered"


def test_what_comes_too_late_or_was_said(engine: RankingEngine) -> None:
    told = (Turn("customer", "Hello"), Turn("agent", "Hello, how can I help?"), Turn("customer", TABLE))
    session = engine.prepare(SuggestionContext("c", "p", "b", told))
    assert explain(session, "Hello, how can I help?").outcome == "too_late"
    again = (*told, Turn("agent", FREE), Turn("customer", TABLE))
    session = engine.prepare(SuggestionContext("c", "p", "b", again))
    assert explain(session, FREE).outcome == "said_before"


def test_what_is_unlikely_or_outranked(engine: RankingEngine) -> None:
    strict = RankingEngine(engine.model, ENTRIES, Settings(diversifier=DiversifierConfig(min_probability=0.9)))
    reset = "Please reset your password and try again."
    assert explain(strict.prepare(context_with(TABLE)), reset).outcome == "unlikely"
    lenient = RankingEngine(engine.model, ENTRIES, Settings(diversifier=DiversifierConfig(min_probability=0.0)))
    assert explain(lenient.prepare(context_with(TABLE)), reset).outcome == "outranked"


def test_before_the_first_training_words_in_common_are_the_reason(tmp_path) -> None:
    entries = [Entry("code", "Each QR code works only once."), Entry("debit", "Paying by direct debit is cheaper.")]
    train(tmp_path / "cold", list, entries)
    session = RankingEngine.open(tmp_path / "cold", entries).prepare(
        context_with("I scanned the QR code and nothing happened")
    )
    code, debit = (explain(session, entry.text) for entry in entries)
    assert (code.outcome, debit.outcome) == ("offered", "unsupported")
    assert code.parts is not None
    assert code.parts.first_stage["lexical"].share > 0
    assert code.parts.first_stage["dot"].value == 0


@pytest.mark.parametrize("query", ["", "y", "your", "great, a t", "plaese", "thanks", "hello"])
def test_every_offer_is_explained_as_one(calibrated: RankingEngine, query: str) -> None:
    """By its text as offered and by its template, although other responses may read the same."""
    session = calibrated.prepare(
        context_with(TABLE, "I paid $3.50", inserts={"NAME": "Kim"}, metadata={"queue": "billing"})
    )
    for rank, offer in enumerate(session.suggest(query).replies, start=1):
        for text in (offer.text, offer.template):
            explanation = explain(session, text, query)
            assert (explanation.outcome, explanation.rank) == ("offered", rank), text
