"""Sources of candidates: one class and one registration make a new one."""

from __future__ import annotations

import numpy as np
import pytest

from composer.engine.serve import sources
from composer.engine.serve.candidates import Candidate
from composer.engine.serve.context import PreparedContext
from composer.engine.serve.engine import RankingEngine
from composer.engine.serve.explain import explain
from composer.engine.types import Entry, FeatureShare, RecentText, ScoreParts, SuggestionContext
from tests.engine.samples import context_with

WEATHER = "It is sunny in Pittsburgh today."


class Toy:
    """Two texts of nowhere; the second wants an insert."""

    name = "toy"
    in_index = False
    typed_score = None
    texts = (WEATHER, "It is sunny in {CITY}.")

    def scores(self, context: PreparedContext) -> np.ndarray:
        said = any("weather" in turn.folded for turn in context.turns)
        return np.array([9.0 if said else -2.0, 1.0])

    def text(self, number: int, context: PreparedContext) -> str | None:
        city = context.context.inserts.get("CITY")
        return self.texts[number].replace("{CITY}", city or "") if city or number == 0 else None

    def entry(self, number: int, context: PreparedContext) -> Entry:  # noqa: ARG002
        return Entry(f"toy{number}", self.texts[number], "Toy", "company")

    def explain(self, number: int, context: PreparedContext) -> ScoreParts:
        score = float(self.scores(context)[number])
        return ScoreParts("company", score, {"weather": FeatureShare(score, 1.0)})


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Toy:
    source = Toy()
    monkeypatch.setitem(sources.SOURCES, "toy", source)
    return source


@pytest.mark.usefixtures("toy")
def test_a_registered_source_is_offered_and_explained(engine: RankingEngine) -> None:
    session = engine.prepare(context_with("How is the weather, please?"))
    [first, *_] = session.suggest("").replies
    assert (first.text, first.key, first.title) == (WEATHER, "toy0", "Toy")
    assert session.suggest("it is sun").replies[0].text == WEATHER
    explanation = explain(session, WEATHER)
    assert (explanation.outcome, explanation.rank) == ("offered", 1)
    assert explanation.candidate == Candidate("toy", 0)  # type: ignore[arg-type]
    assert explanation.parts is not None
    assert explanation.parts.first_stage["weather"].share == 9.0
    assert explain(session, Candidate("toy", 0)) == explanation  # type: ignore[arg-type]


@pytest.mark.usefixtures("toy")
def test_a_candidate_without_a_text_is_not_offered(engine: RankingEngine) -> None:
    def offered(**inserts: str) -> list[str]:
        session = engine.prepare(context_with("Hello", inserts=inserts))
        return [reply.text for reply in session.suggest("It is sunny in ").replies]

    assert offered() == [WEATHER]
    assert "It is sunny in Boston." in offered(CITY="Boston")


def test_without_registration_nothing_of_it_is_known(engine: RankingEngine) -> None:
    session = engine.prepare(context_with("How is the weather, please?"))
    assert WEATHER not in [reply.text for reply in session.suggest("").replies]
    assert explain(session, WEATHER).outcome == "unknown"


def session_with_all_sources(engine: RankingEngine):
    said = [f"Splendid choice, dining at {city} is a delight!" for city in ("Lucca", "Legume", "Porch")]
    customs = (Entry("own1", "My own words", source="custom"), Entry("own2", "{NOBODY} said it", source="custom"))
    recent = tuple(RecentText(text, 1.0, f"k{number}") for number, text in enumerate(said))
    context = context_with("Hi, I want a table at Mezzaluna.", agent="a", customs=customs, recent=recent)
    return engine.prepare(context)


def test_rows_of_the_index_come_first_then_each_other_source(engine: RankingEngine) -> None:
    session = session_with_all_sources(engine)
    size, listed = len(engine.index), engine.index.list_size
    candidates = [session.rows.candidate(row)[1] for row in (0, listed - 1, listed, size - 1, size, size + 1, size + 2)]
    assert candidates == [
        Candidate("global", 0),
        Candidate("global", listed - 1),
        Candidate("company", 0),
        Candidate("company", engine.index.learned_size - 1),
        Candidate("custom", 0),
        Candidate("custom", 1),
        Candidate("organic", 0),
    ]
    assert [session.rows.row(candidate) for candidate in candidates] == [
        0,
        listed - 1,
        listed,
        size - 1,
        *range(size, size + 3),
    ]


def test_own_candidates_have_a_text_in_this_conversation(engine: RankingEngine) -> None:
    session = session_with_all_sources(engine)
    assert [candidate.text for candidate in session.own] == [
        "My own words",
        "Splendid choice, dining at Mezzaluna is a delight!",
    ]


def test_entries_say_what_agents_see(engine: RankingEngine) -> None:
    prepared = session_with_all_sources(engine).prepared
    by_name = sources.SOURCES
    assert by_name["global"].entry(0, prepared).key == "hello"
    assert by_name["global"].entry(6, prepared).filters == (("queue", frozenset({"billing"})),)
    assert by_name["custom"].entry(1, prepared).key == "own2"
    [habit] = prepared.agent_templates & {engine.model.number_of["you owe \ue004 in total."]}
    assert by_name["company"].entry(habit, prepared).source == "organic"
    other = PreparedContext(engine, SuggestionContext("c", "p", "b"))
    assert by_name["company"].entry(habit, other).source == "company"


def test_the_scores_of_indexed_sources_are_views_of_one_array(engine: RankingEngine) -> None:
    prepared = session_with_all_sources(engine).prepared
    parts = [sources.SOURCES[name].scores(prepared) for name in ("global", "company")]
    assert [len(part) for part in parts] == [engine.index.list_size, engine.index.learned_size]
    assert all(np.shares_memory(part, prepared.scores) for part in parts)


def test_a_filter_of_an_own_entry_must_match(engine: RankingEngine) -> None:
    own = Entry("own", "Only for billing", source="custom", filters=(("queue", frozenset({"billing"})),))
    for queue, offered in (("billing", ["own"]), ("sales", [])):
        session = engine.prepare(context_with("Hello", customs=(own,), metadata={"queue": queue}))
        assert [reply.key for reply in session.suggest("only for").replies] == offered
        explanation = explain(session, "Only for billing", "only for")
        assert explanation.outcome == ("offered" if offered else "filter")
