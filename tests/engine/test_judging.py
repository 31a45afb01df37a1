"""Ranking given texts: their signs, and what each counts, fitted on conversations kept back."""

from __future__ import annotations

import numpy as np
import pytest

from composer.engine.ranking import judging, ranks
from composer.engine.ranking.ranks import SIGNS, given_sign


def test_weights_find_the_sign_that_tells() -> None:
    rng = np.random.default_rng(3)
    found = []
    for _ in range(300):
        signs = rng.standard_normal((12, len(SIGNS))).astype(np.float32)
        # The first is right; the fourth sign shows it, half of the time by much.
        signs[0, 3] += rng.choice([0.5, 3.0])
        found.append(signs - signs[0])
    weights = judging._weights(found)
    assert weights.argmax() == 3
    others = np.delete(np.abs(weights), 3)
    assert weights[3] > 5 * others.max()


def test_what_is_said_all_the_time_is_not_held_against_a_text_that_is_given() -> None:
    assert given_sign(0.0) == 0.0
    assert given_sign(0.001) < given_sign(0.01) < given_sign(0.2)


def test_before_the_fit_towers_and_facts_decide() -> None:
    weights = dict(zip(SIGNS, ranks.unfitted().tolist(), strict=True))
    assert weights["said"] > 0 > weights["unsaid"]
    assert weights["masked"] > 0
    assert weights["popular"] == weights["habit"] == pytest.approx(0)
