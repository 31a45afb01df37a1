"""The two ranking stages: named features, scores of all candidates, the choice of three."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from composer.engine.model.model import Model
from composer.engine.serve.candidates import EXCLUDED, MIN_SCORE
from composer.engine.serve.diversify import Diversifier, softmax
from composer.engine.serve.engine import RankingEngine
from composer.engine.serve.feature_registry import FeatureRegistry, shares
from composer.engine.serve.first_stage import CONTEXT_FEATURES, PRIOR_FEATURES
from composer.engine.serve.rank_texts import explain_rank, rank_scores
from composer.engine.serve.reranker import RERANK_FEATURES, RerankBatch, feature_matrix, reranked
from composer.engine.serve.settings import CandidateConfig, DiversifierConfig, FeatureWeights, LexicalMatch, Settings
from composer.engine.serve.text_features import TEXT_FEATURES
from composer.engine.train.pipeline import train
from composer.engine.types import Entry, SuggestionContext, Turn
from tests.engine.samples import ENTRIES, context_with

TABLE = "Hi, I want a table at Mezzaluna."


# The registry


def registry_of() -> FeatureRegistry[list[int]]:
    registry: FeatureRegistry[list[int]] = FeatureRegistry()

    @registry.feature
    def doubled(batch: list[int]) -> list[int]:
        return [2 * number for number in batch]

    @registry.feature
    def count(batch: list[int]) -> int:
        return len(batch)

    return registry


def test_features_are_columns_by_name() -> None:
    registry = registry_of()
    assert registry.names == ("doubled", "count")
    assert registry.matrix([1, 2, 3], 3).tolist() == [[2, 3], [4, 3], [6, 3]]
    assert registry.matrix([1, 2, 3], 3, ["count"]).tolist() == [[3], [3], [3]]
    assert registry.matrix([], 0).shape == (0, 2)


def test_a_name_is_taken_once_and_must_be_known() -> None:
    registry = registry_of()
    with pytest.raises(ValueError, match="count"):
        registry.add("count", len)
    with pytest.raises(KeyError):
        registry.matrix([1], 1, ["unknown"])


def test_shares_are_values_times_weights() -> None:
    by_name = shares(["one", "other"], [2.0, 3.0], {"one": 0.5, "other": -1.0})
    assert {name: share.share for name, share in by_name.items()} == {"one": 1.0, "other": -3.0}


def test_every_first_stage_feature_has_a_weight(engine: RankingEngine) -> None:
    assert set(engine.first_stage.weights) == {*PRIOR_FEATURES.names, *CONTEXT_FEATURES.names}


# The first stage


def scores_of(engine: RankingEngine, said: str = TABLE, agent: str = "b") -> np.ndarray:
    vector = engine.model.context_vector([engine.model.analyse("customer", said, "", "")], "", agent)
    return engine.first_stage.score(vector, agent).total


def test_scores_are_the_weighted_sum_of_the_features(engine: RankingEngine) -> None:
    vector = engine.model.context_vector([engine.model.analyse("customer", TABLE, "", "")], "", "a")
    stage = engine.first_stage.score(vector, "a")
    rows = np.flatnonzero(stage.total > MIN_SCORE)
    total = sum(engine.first_stage.weights[name] * column for name, column in stage.features.items())
    total = total + engine.first_stage.prior
    assert stage.total[rows] == pytest.approx(total[rows], abs=1e-4)
    assert set(stage.features) == set(CONTEXT_FEATURES.names)


def test_a_weight_of_nothing_turns_a_feature_off(engine: RankingEngine) -> None:
    other = RankingEngine(engine.model, ENTRIES, Settings(weights=FeatureWeights(agent_affinity=0.0)))
    assert scores_of(other, agent="a") == pytest.approx(scores_of(other, agent="nobody"), abs=1.0)
    assert (scores_of(engine, agent="a") >= scores_of(other, agent="a") - 1e-4).all()


def test_an_entry_stands_for_its_template(engine: RankingEngine) -> None:
    entries = [*ENTRIES, Entry("reserved", "Your table at Lucca is reserved.")]
    index = RankingEngine(engine.model, entries).index
    row = len(ENTRIES)
    template = int(index.template_of[row])
    assert template >= 0
    assert index.entries_of[template] == [row]
    assert index.templates_of(np.array([row])).tolist() == [template]


def test_an_excluded_candidate_is_not_among_the_best(engine: RankingEngine) -> None:
    scores = np.array([1.0, EXCLUDED, 3.0, 2.0], np.float32)
    assert engine.index.best(scores, 10).tolist() == [2, 3, 0]
    assert engine.index.best(scores, 2).tolist() == [2, 3]
    assert engine.index.best(scores[:0], 2).tolist() == []


def test_filters_mask_entries(engine: RankingEngine) -> None:
    masked = engine.index.filtered_out({})
    assert masked is not None
    assert [ENTRIES[row].key for row in np.flatnonzero(masked)] == ["billing"]
    assert engine.index.filtered_out({"queue": "billing"}) is None


def test_entries_far_down_the_list_are_found_by_typing_only(engine: RankingEngine) -> None:
    other = RankingEngine(engine.model, ENTRIES, Settings(candidates=CandidateConfig(max_context_scored=2)))
    assert other.index.vector_count == 2
    assert not other.index.signatures_of(np.array([5])).any()
    assert other.prepare(context_with(TABLE)).suggest("please reset").replies[0].key == "password"


def test_values_of_templates_reach_their_entries(engine: RankingEngine) -> None:
    index = engine.index
    values = index.by_row(np.array([0], np.int32), np.array([7.0], np.float32))
    assert len(values) == len(index)
    assert values[index.list_size] == 7.0
    assert values.sum() == 7.0 * (1 + len(index.entries_of.get(0, [])))


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Model:
    directory = tmp_path_factory.mktemp("models") / "none"
    train(directory, list, ENTRIES)
    return Model(directory)


def test_lexical_match_counts_until_enough_is_learned(engine: RankingEngine, untrained: Model) -> None:
    assert RankingEngine(untrained, ENTRIES).index.lexical_weight == LexicalMatch().weight_untrained
    assert 0 < engine.index.lexical_weight < LexicalMatch().weight_trained
    taught = Settings(lexical=LexicalMatch(max_messages=engine.model.messages))
    other = RankingEngine(engine.model, ENTRIES, taught)
    assert other.index.lexical is None
    assert other.first_stage.lexical_scores({}) is None
    assert other.first_stage.lexical_score({}, ENTRIES[0]) == 0.0


def test_the_order_of_a_list_counts_before_the_first_training(untrained: Model) -> None:
    stage = RankingEngine(untrained, [Entry(str(n), f"text number {chr(97 + n)}") for n in range(5)]).first_stage
    assert stage.index.ordered
    assert (np.diff(stage.prior) < 0).all()
    assert stage.typed_share == LexicalMatch().typed_share


# The re-ranker


def batch_of(engine: RankingEngine, limit: int = 8) -> RerankBatch:
    turns = [engine.model.analyse("agent", "Hello", "", ""), engine.model.analyse("customer", TABLE, "", "")]
    stage = engine.first_stage.score(engine.model.context_vector(turns, "q", "a"), "a")
    rows = engine.index.best(stage.total, limit)
    return RerankBatch(engine.index, rows, stage, turns, engine.settings.reranking)


def test_the_features_of_the_reranker(engine: RankingEngine) -> None:
    batch = batch_of(engine)
    columns = dict(zip(RERANK_FEATURES.names, feature_matrix(batch).T, strict=True))
    assert RERANK_FEATURES.names[0] == "first_stage"
    assert columns["first_stage"].max() == 0
    assert columns["probability"].sum() == pytest.approx(1.0)
    assert (np.diff(columns["log_rank"]) > 0).all()
    assert set(columns["answers_customer"]) == {1.0}
    assert set(columns["log_own_messages"]) == {np.float32(np.log(2))}
    assert (columns["meaning"] <= 1e-6).all()
    assert columns["same_before"][0] == 0


def test_new_scores_are_on_the_whole_as_high_as_before(calibrated: RankingEngine) -> None:
    assert calibrated.model.reranker is not None
    batch = batch_of(calibrated)
    before, after = batch.stage.total[batch.rows], reranked(calibrated.model.reranker, batch)
    assert np.exp(after).sum() == pytest.approx(np.exp(before).sum(), rel=1e-3)


# Given texts


def test_ranking_is_explained_by_name(calibrated: RankingEngine) -> None:
    context = context_with(TABLE)
    text = "Great, a table at Mezzaluna is free. Shall I reserve it?"
    parts = explain_rank(calibrated.model, context, text)
    assert tuple(parts) == TEXT_FEATURES.names
    [score] = rank_scores(calibrated.model, context, [text])
    assert sum(part.share for part in parts.values()) == pytest.approx(score, abs=1e-3)
    assert parts["said_entities"].value == 1.0
    assert parts["question"].value == 1.0


def test_no_texts_have_no_scores(engine: RankingEngine) -> None:
    assert engine.rank(context_with(TABLE), []) == []


# The choice of three


def test_softness_makes_probabilities_more_alike() -> None:
    scores = np.array([2.0, 0.0], np.float32)
    sharp, soft = softmax(scores, 1.0), softmax(scores, 0.1)
    assert sharp.sum() == pytest.approx(1.0)
    assert sharp[0] > soft[0] > 0.5


def diversifier_of(engine: RankingEngine, context: SuggestionContext) -> Diversifier:
    session = engine.prepare(context)
    _, lexical = session.prepared.score()
    return Diversifier(session.prepared, session.best, lexical, session.own)


def test_near_duplicates_do_not_fill_the_list(engine: RankingEngine) -> None:
    refunds = [Entry(f"r{n}", f"Your refund is on its way{mark}") for n, mark in enumerate((".", "!", "", "!!"))]
    session = RankingEngine(engine.model, refunds).prepare(context_with("Where is my refund?"))
    texts = [reply.text for reply in session.suggest("").replies if "refund" in reply.text]
    assert len(texts) <= 1


def test_greetings_come_before_the_question_and_once(engine: RankingEngine) -> None:
    early = diversifier_of(engine, context_with("Hi"))
    assert early.suits_stage("Hello there!")
    late = diversifier_of(
        engine, SuggestionContext("c", "p", "b", (Turn("agent", "Hello!"), Turn("customer", "I was charged twice")))
    )
    assert not late.suits_stage("Hello there!")
    assert late.suits_stage("Your refund is on its way.")


def test_a_likely_reply_is_needed_once_the_customer_has_asked(engine: RankingEngine) -> None:
    assert diversifier_of(engine, context_with("Hi")).min_gain == 0.0
    asked = diversifier_of(engine, context_with("I was charged twice this month"))
    assert asked.min_gain == DiversifierConfig().min_probability


def test_without_diversity_the_best_scores_are_offered(engine: RankingEngine) -> None:
    plain = RankingEngine(engine.model, ENTRIES, Settings(diversify=False))
    replies = plain.prepare(context_with(TABLE)).suggest("").replies
    assert [reply.score for reply in replies] == sorted((reply.score for reply in replies), reverse=True)


def test_a_frozen_configuration_cannot_be_patched(engine: RankingEngine) -> None:
    with pytest.raises(AttributeError):
        engine.settings.diversifier.candidates = 3  # type: ignore[misc]


def test_an_engine_over_no_list_and_no_conversation_offers_nothing(tmp_path: Path) -> None:
    train(tmp_path / "none", list, [])
    session = RankingEngine.open(tmp_path / "none", []).prepare(context_with("Hello"))
    assert session.suggest("").replies == ()
    assert session.suggest("hel").replies == ()
