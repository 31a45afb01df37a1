"""Ranking given texts: their signs, and what each counts, fitted on conversations kept back."""

from __future__ import annotations

import numpy as np
import pytest

from composer.engine.model.model import Model
from composer.engine.serve import rank_texts
from composer.engine.serve.entity_features import slot_features
from composer.engine.serve.rank_texts import SIGNS, sampling_correction
from composer.engine.text.templates import Values
from composer.engine.train import fit_rank_weights
from composer.engine.train.pipeline import train


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """A model that knows nothing: its places are like all places."""
    directory = tmp_path_factory.mktemp("models") / "none"
    train(directory, list, [])
    return Model(directory)


def test_weights_find_the_sign_that_tells() -> None:
    rng = np.random.default_rng(3)
    found = []
    for _ in range(300):
        signs = rng.standard_normal((12, len(SIGNS))).astype(np.float32)
        # The first is right; the fourth sign shows it, half of the time by much.
        signs[0, 3] += rng.choice([0.5, 3.0])
        found.append(signs - signs[0])
    weights = fit_rank_weights._weights(found)
    assert weights.argmax() == 3
    others = np.delete(np.abs(weights), 3)
    assert weights[3] > 5 * others.max()


def test_what_is_said_all_the_time_is_not_held_against_a_text_that_is_given() -> None:
    assert sampling_correction(0.0) == 0.0
    assert sampling_correction(0.001) < sampling_correction(0.01) < sampling_correction(0.2)


def test_before_the_fit_towers_and_facts_decide() -> None:
    weights = dict(zip(SIGNS, rank_texts.unfitted().tolist(), strict=True))
    assert weights["said"] > 0 > weights["unsaid"]
    assert weights["masked"] > 0
    assert weights["popular"] == weights["habit"] == pytest.approx(0)


def test_a_fact_that_would_be_filled_in_is_told_from_one_that_would_not(judged: Model) -> None:
    turns = [judged.said("customer", text, "", "") for text in ("Is it free for 4?", "Or for 5?")]
    values = Values.of(turns, usual=judged.usual)

    def signs(text: str) -> tuple[float, ...]:
        return slot_features(judged, judged.said("candidate", text, "", ""), values)

    (likely, *right), (less_likely, *other) = signs("It is free for 5."), signs("It is free for 4.")
    assert right == [1, 0, 0]
    assert other == [0, 1, 1]
    assert signs("It is free for 9.")[1:] == (0, 1, 0)
    assert likely > less_likely
    assert signs("It is free.") == (0, 0, 0, 0)
