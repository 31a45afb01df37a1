"""The model: dual encoders, optimisers, re-ranker, phrase threshold, and what is read of an artefact."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from composer.engine.model import reranker as reranker_module
from composer.engine.model.encoders import DualEncoder, EncoderEnsemble, Pooling
from composer.engine.model.model import Model, ModelConfig
from composer.engine.model.phrase_threshold import PhraseThreshold
from composer.engine.model.reranker import FIRST_STAGE_WEIGHT, MAX_DEVIATIONS, Reranker
from composer.engine.serve.engine import RankingEngine
from composer.engine.store import artefact
from composer.engine.store.artefact import Artefact
from composer.engine.store.bags import FIELDS, Bags
from composer.engine.text.entities import SLOTS
from composer.engine.train.optim import Adam, Trainer, train_epochs

RNG = np.random.default_rng(0)


def bags_of(rows: int, features: int = 20) -> Bags:
    rng = np.random.default_rng(rows)
    return Bags.of([rng.integers(0, features, number % 4).astype(np.int32) for number in range(rows)])


# Encoders


def test_pooling_divides_by_the_root_of_the_length() -> None:
    table = np.array([[1.0, 0.0], [0.0, 2.0]], np.float32)
    bags = Bags.of([np.array([0, 1], np.int32), np.array([0], np.int32), np.zeros(0, np.int32)])
    pooling = Pooling.of(bags)
    pooled = pooling.matrix @ table[pooling.used]
    assert pooled == pytest.approx(np.array([[1 / 2**0.5, 2 / 2**0.5], [1, 0], [0, 0]]))


@pytest.mark.parametrize("rows", [1, 5, 63])
def test_few_and_many_bags_are_pooled_alike(rows: int) -> None:
    encoder = DualEncoder.new(20, 20, 8, 4)
    few, many = bags_of(rows), bags_of(rows)
    joined = Bags(np.concatenate([many.ids] * 70), np.concatenate([[0], np.tile(np.diff(many.starts), 70).cumsum()]))
    assert encoder.encode_responses(joined)[:rows] == pytest.approx(encoder.encode_responses(few), abs=1e-5)


def test_shapes_of_vectors() -> None:
    encoder = DualEncoder.new(20, 30, 8, 4)
    assert encoder.encode_contexts(bags_of(3 * FIELDS)).shape == (3, 8)
    assert encoder.encode_responses(bags_of(7)).shape == (7, 8)
    assert encoder.encode_responses(Bags.of([])).shape == (0, 8)


def test_an_ensemble_averages_the_products_of_its_members() -> None:
    members = tuple(DualEncoder.new(20, 20, 8, 4, seed) for seed in range(3))
    ensemble = EncoderEnsemble(members)
    contexts, responses = bags_of(2 * FIELDS), bags_of(5)
    products = ensemble.encode_contexts(contexts) @ ensemble.encode_responses(responses).T
    each = [member.encode_contexts(contexts) @ member.encode_responses(responses).T for member in members]
    assert ensemble.width == 24
    assert products == pytest.approx(np.mean(each, axis=0), abs=1e-4)


# Optimisers


def test_adam_finds_a_minimum() -> None:
    value = np.array([3.0, -2.0], np.float32)
    adam = Adam(value, 0.1)
    for _ in range(500):
        adam.apply(2 * (value - np.array([1.0, 1.0], np.float32)), 1.0)
    assert value == pytest.approx([1.0, 1.0], abs=0.05)


def test_a_learning_rate_of_nothing_changes_nothing() -> None:
    value = np.ones(3, np.float32)
    Adam(value, 0.1).apply(np.ones(3, np.float32), 0.0)
    assert value.tolist() == [1.0, 1.0, 1.0]


def pairs(count: int) -> tuple[Bags, Bags]:
    """Contexts of one feature each, answered by the response of the same feature."""
    contexts, responses = [], []
    for number in range(count):
        feature = np.array([number % 4], np.int32)
        contexts += [feature, *[np.zeros(0, np.int32)] * (FIELDS - 1)]
        responses.append(feature)
    return Bags.of(contexts), Bags.of(responses)


def test_training_lowers_the_loss() -> None:
    trainer = Trainer(DualEncoder.new(4, 4, 8, 8))
    contexts, responses = pairs(4)
    losses = [trainer.step(contexts, responses, 1.0) for _ in range(60)]
    assert losses[0] > 1.0
    assert losses[-1] < 0.5 * losses[0]


def test_gradients_are_those_of_the_loss() -> None:
    contexts, responses = pairs(4)
    encoder = DualEncoder.new(4, 4, 3, 5)
    step, eps = np.float32(1e-2), 1e-2
    before = encoder.out.copy()

    def loss(out: np.ndarray) -> float:
        other = DualEncoder(
            encoder.context.copy(), encoder.response.copy(), encoder.hidden.copy(), encoder.bias.copy(), out
        )
        return Trainer(other).step(contexts, responses, 0.0)

    base = loss(before.copy())
    slopes = np.zeros_like(before)
    for index in np.ndindex(before.shape):
        moved = before.copy()
        moved[index] += step
        slopes[index] = (loss(moved) - base) / eps
    Trainer(encoder, dense_rate=1e-3).step(contexts, responses, 1.0)
    change = encoder.out - before
    clear = np.abs(slopes) > 1e-2
    assert clear.any()
    assert (np.sign(change[clear]) == -np.sign(slopes[clear])).mean() > 0.9


def test_one_epoch_each_time_the_iterator_is_advanced() -> None:
    contexts, responses = pairs(40)
    progress: list[int] = []
    epochs = train_epochs(
        Trainer(DualEncoder.new(4, 4, 8, 8)),
        contexts,
        responses,
        np.arange(40),
        epochs=3,
        batch_size=10,
        on_progress=progress.append,
    )
    next(epochs)
    assert progress == [10, 20, 30, 40]
    assert len(list(epochs)) == 2
    assert progress[-1] == 120


def test_what_progress_raises_ends_the_training() -> None:
    contexts, responses = pairs(40)

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    trainer = Trainer(DualEncoder.new(4, 4, 8, 8))
    with pytest.raises(KeyboardInterrupt):
        list(train_epochs(trainer, contexts, responses, np.arange(40), epochs=3, batch_size=10, on_progress=stop))


# Re-ranker


def network(hidden: float = 0.0) -> Reranker:
    features, units = 3, 2
    return Reranker(
        ("first_stage", "one", "other"),
        np.array([-1.0, 0.0, 2.0], np.float32),
        np.array([1.0, 2.0, 0.5], np.float32),
        np.full((features, units), hidden, np.float32),
        np.zeros(units, np.float32),
        np.ones(units, np.float32),
        np.array([0.0, 1.0, -1.0], np.float32),
    )


def test_a_linear_network_adds_weighted_features_to_the_first_stage() -> None:
    matrix = np.array([[0.0, 4.0, 2.0], [-1.0, 0.0, 3.0]], np.float32)
    expected = [FIRST_STAGE_WEIGHT * 0 + 2.0 - 0.0, FIRST_STAGE_WEIGHT * -1 + 0.0 - 2.0]
    assert network().scores(matrix).tolist() == pytest.approx(expected)


def test_features_far_from_their_mean_are_clipped() -> None:
    scaled = network().scaled(np.array([[0.0, 1e6, -1e6]], np.float32))
    assert scaled[0].tolist() == [1.0, MAX_DEVIATIONS, -MAX_DEVIATIONS]


def test_the_hidden_layer_is_apart_from_the_linear_part() -> None:
    matrix = np.array([[0.0, 4.0, 2.0]], np.float32)
    both, linear = network(hidden=0.3), network()
    assert both.scores(matrix) == pytest.approx(linear.scores(matrix) + both.hidden_share(matrix))


def test_a_saved_network_has_its_features_by_name(tmp_path: Path) -> None:
    artefact.save(tmp_path / "one", {"reranker": True}, network(0.3).arrays())
    loaded = reranker_module.load(Artefact(tmp_path / "one"))
    assert loaded is not None
    assert loaded.features == ("first_stage", "one", "other")
    matrix = np.array([[0.0, 4.0, 2.0]], np.float32)
    assert loaded.scores(matrix) == pytest.approx(network(0.3).scores(matrix))


def test_without_one_there_is_none(tmp_path: Path) -> None:
    artefact.save(tmp_path / "one", {"reranker": False}, {})
    assert reranker_module.load(Artefact(tmp_path / "one")) is None


# Phrase threshold


def test_the_first_word_needs_a_little_more() -> None:
    threshold = PhraseThreshold(0.6, 0.8, 0.3)
    assert threshold.min_probability_first == pytest.approx(0.65)
    assert PhraseThreshold(0.97).min_probability_first == 0.98, "but never certainty"


# The model


def test_what_a_model_knows_of_agents(engine: RankingEngine) -> None:
    model = engine.model
    templates, counts = model.templates_of_agent("a")
    assert len(templates)
    assert (counts >= 2).all()
    assert model.templates_of_agent("nobody")[0].tolist() == []
    known, affinity = model.agent_affinity("a")
    assert known.tolist() == templates.tolist()
    assert (affinity > 0).all()


def test_rare_words_have_a_higher_idf(engine: RankingEngine) -> None:
    assert engine.model.idf_of("reserve") > 0
    assert engine.model.idf_of("nobody-says-this") >= engine.model.idf_of("table")


def test_fill_rates_by_slot_and_by_kind(engine: RankingEngine) -> None:
    model = engine.model
    assert model.slot_rate("customer", "any", "word") == 1.0
    assert model.slot_rate("name", "never", "seen") == model.slot_rate("name", "nor", "this")
    both = model.fill_rate(f"at {SLOTS['name']} for {SLOTS['number']}")
    assert both == pytest.approx(model.slot_rate("name", "at", "for") * model.slot_rate("number", "for", ""), rel=1e-6)
    assert model.fill_rate("no slot") == 1.0


def test_vectors_of_contexts_and_responses_have_one_width(engine: RankingEngine) -> None:
    model = engine.model
    vector = model.context_vector([model.analyse("customer", "I want a table", "", "")], "q", "a")
    [response] = model.response_vectors([model.extractor.response_features("great", None)])
    assert vector.shape == response.shape == (model.projection.shape[1],)


def test_a_model_below_the_least_messages_is_not_trained(artefact: Path) -> None:
    assert Model(artefact).trained
    other = Model(artefact, ModelConfig(min_messages=10_000))
    assert not other.trained
    assert other.context_vector([], "q", "a").shape == (other.projection.shape[1],)


def test_analysed_messages_are_cached(engine: RankingEngine) -> None:
    once, again = (engine.model.analyse("customer", "the very same", "", "") for _ in range(2))
    assert once is again


def test_templates_and_their_numbers(engine: RankingEngine) -> None:
    model = engine.model
    assert len(model.templates) == len(model.folded) == len(model.counts) == len(model.number_of)
    assert all(model.number_of[text] == number for number, text in enumerate(model.folded))
    assert len(model.vectors) >= len(model.templates)
