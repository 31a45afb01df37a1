"""Fits what each sign of a given text counts, on conversations that were kept back from all other learning.

Each agent message of theirs stands among others that were said elsewhere; it should have the highest score.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import optimize  # type: ignore[import-untyped]

from composer.engine.model.model import Model
from composer.engine.serve.rank_texts import SIGNS, feature_matrix
from composer.engine.store.bags import Floats
from composer.engine.train.corpus import LONGEST_TEXT, Conversation
from composer.engine.train.evaluate import context_before

# Fewer messages than this fit nothing; more are not needed. Each stands among so many others.
LEAST_MESSAGES, MOST_MESSAGES, OTHERS = 150, 1500, 29
# How strongly weights are held near nothing, for signs measured in their own deviations.
RIDGE, READINGS = 3e-3, 150


def fit(model: Model, kept: Sequence[Conversation]) -> Floats:
    """A weight for each of SIGNS; none when there is too little to learn from."""
    rng = np.random.default_rng(23)
    places = [
        (conversation, place)
        for conversation in kept
        for place, turn in enumerate(conversation.turns)
        if turn.role == "agent" and len(turn.text) > 1
    ]
    if len(places) < LEAST_MESSAGES:
        return np.zeros(0, np.float32)
    said = [conversation.turns[place].text[:LONGEST_TEXT] for conversation, place in places]
    chosen = rng.permutation(len(places))[:MOST_MESSAGES].tolist()
    found = []
    for number in chosen:
        others = {said[other] for other in rng.integers(0, len(said), OTHERS).tolist()} - {said[number]}
        # Sorted: a set's order is another one in each process.
        signs = feature_matrix(model, context_before(*places[number]), [said[number], *sorted(others)])
        found.append(signs - signs[0])
    return _weights(found)


def _weights(found: Sequence[Floats]) -> Floats:
    """The weights by which the first of each message's texts is likeliest. `found`: signs less those of the first."""
    rows = np.concatenate(found).astype(np.float64)
    spread = rows.std(axis=0) + 1e-6
    rows /= spread
    starts = np.concatenate([[0], np.cumsum([len(signs) for signs in found])[:-1]])
    owner = np.repeat(np.arange(len(found)), [len(signs) for signs in found])

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = rows @ weights
        highest = np.maximum.reduceat(scores, starts)
        chances = np.exp(scores - highest[owner])
        sums = np.add.reduceat(chances, starts)
        # The first one's score is 0 by construction.
        value = float((highest + np.log(sums)).mean() + RIDGE * (weights @ weights))
        slope = (chances / sums[owner]) @ rows / len(found) + 2 * RIDGE * weights
        return value, slope

    best = optimize.minimize(loss, np.zeros(len(SIGNS)), jac=True, method="L-BFGS-B", options={"maxiter": READINGS})
    return np.asarray(best.x / spread, np.float32)
