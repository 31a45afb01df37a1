"""Ranking of given texts: their features, and the weights fitted on validation conversations."""

from __future__ import annotations

import numpy as np
import pytest

from composer.engine.model.model import Model
from composer.engine.serve.entity_features import slot_features
from composer.engine.serve.rank_texts import weights_of
from composer.engine.serve.text_features import TEXT_FEATURES, log_odds_of_sampling
from composer.engine.text.templates import Values
from composer.engine.train import fit_rank_weights
from composer.engine.train.pipeline import train


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """A model that knows nothing: all its slot contexts are alike."""
    directory = tmp_path_factory.mktemp("models") / "none"
    train(directory, list, [])
    return Model(directory)


def test_weights_find_the_feature_that_tells() -> None:
    rng = np.random.default_rng(3)
    examples = []
    for _ in range(300):
        matrix = rng.standard_normal((12, len(TEXT_FEATURES.names))).astype(np.float32)
        # The first is right; the fourth feature shows it, half of the time by much.
        matrix[0, 3] += rng.choice([0.5, 3.0])
        examples.append(matrix - matrix[0])
    weights = fit_rank_weights.fit_weights(examples)
    assert weights.argmax() == 3
    others = np.delete(np.abs(weights), 3)
    assert weights[3] > 5 * others.max()


def test_what_is_said_all_the_time_is_not_held_against_a_text_that_is_given() -> None:
    assert log_odds_of_sampling(0.0) == 0.0
    assert log_odds_of_sampling(0.001) < log_odds_of_sampling(0.01) < log_odds_of_sampling(0.2)


def test_before_the_fit_encoders_and_entities_decide(untrained: Model) -> None:
    weights = weights_of(untrained)
    assert weights["said_entities"] > 0 > weights["unsaid_entities"]
    assert weights["dot"] > 0
    assert weights["popularity"] == weights["agent_affinity"] == 0


def test_an_entity_that_would_be_filled_in_is_told_from_one_that_would_not(untrained: Model) -> None:
    turns = [untrained.analyse("customer", text, "", "") for text in ("Is it free for 4?", "Or for 5?")]
    values = Values.of(turns, stats=untrained.slot_values)

    def features(text: str) -> tuple[float, ...]:
        return slot_features(untrained, untrained.analyse("candidate", text, "", ""), values)

    (likely, *right), (less_likely, *other) = features("It is free for 5."), features("It is free for 4.")
    assert right == [1, 0, 0]
    assert other == [0, 1, 1]
    assert features("It is free for 9.")[1:] == (0, 1, 0)
    assert likely > less_likely
    assert features("It is free.") == (0, 0, 0, 0)
