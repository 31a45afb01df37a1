"""Fits the weights of given texts on validation conversations.

Each of their agent messages stands among texts of other messages and should have the highest score: the loss is a
softmax over them (conditional logit), with a ridge penalty.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import optimize  # type: ignore[import-untyped]

from composer.engine.model.model import Model
from composer.engine.serve.rank_texts import feature_matrix
from composer.engine.store.bags import Floats
from composer.engine.train.config import CorpusConfig, RankWeightConfig
from composer.engine.train.corpus import Conversation
from composer.engine.train.evaluate import context_before


def fit(
    model: Model,
    validation: Sequence[Conversation],
    config: RankWeightConfig | None = None,
    corpus_config: CorpusConfig | None = None,
) -> Floats:
    """Return a weight for each of TEXT_FEATURES, in its order; an empty array for too few messages."""
    config, max_length = config or RankWeightConfig(), (corpus_config or CorpusConfig()).max_text_length
    rng = np.random.default_rng(config.seed)
    messages = [
        (conversation, position)
        for conversation in validation
        for position, turn in enumerate(conversation.turns)
        if turn.role == "agent" and len(turn.text) > 1
    ]
    if len(messages) < config.min_messages:
        return np.zeros(0, np.float32)
    said = [conversation.turns[position].text[:max_length] for conversation, position in messages]
    chosen = rng.permutation(len(messages))[: config.max_messages].tolist()
    examples = []
    for number in chosen:
        others = {said[other] for other in rng.integers(0, len(said), config.others).tolist()} - {said[number]}
        # Sorted: the order of a set differs between processes.
        matrix = feature_matrix(model, context_before(*messages[number]), [said[number], *sorted(others)])
        examples.append(matrix - matrix[0])
    return fit_weights(examples, config)


def fit_weights(examples: Sequence[Floats], config: RankWeightConfig | None = None) -> Floats:
    """Return the weights under which the first text of each example is likeliest.

    `examples`: of each message the features of its texts less those of the first, `texts x features`.
    """
    config = config or RankWeightConfig()
    rows = np.concatenate(examples).astype(np.float64)
    deviations = rows.std(axis=0) + 1e-6
    rows /= deviations
    lengths = [len(matrix) for matrix in examples]
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    owner = np.repeat(np.arange(len(examples)), lengths)

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = rows @ weights
        highest = np.maximum.reduceat(scores, starts)
        exponentials = np.exp(scores - highest[owner])
        sums = np.add.reduceat(exponentials, starts)
        # The score of the first text is 0, because features are differences from it.
        value = float((highest + np.log(sums)).mean() + config.ridge * (weights @ weights))
        slope = (exponentials / sums[owner]) @ rows / len(examples) + 2 * config.ridge * weights
        return value, slope

    options = {"maxiter": config.max_iterations}
    best = optimize.minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B", options=options)
    return np.asarray(best.x / deviations, np.float32)
