"""Fits the re-ranker on validation conversations.

For each of their agent messages the best candidates of the first stage share a probability of 1: most of it goes to
the very response, some to those that say the same in other words. The loss is the cross-entropy with this target.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from composer.engine.model.reranker import FIRST_STAGE_WEIGHT, Reranker
from composer.engine.serve.candidates import Rows
from composer.engine.serve.reranker import RERANK_FEATURES, RerankBatch, feature_matrix
from composer.engine.serve.state import EngineState
from composer.engine.store.bags import Floats
from composer.engine.text.features import AnalysedTurn
from composer.engine.text.similarity import signature, word_f1
from composer.engine.text.tokens import words
from composer.engine.train.config import CorpusConfig, RerankerFitConfig
from composer.engine.train.corpus import Conversation
from composer.engine.train.optim import Adam

_EXCLUDED = -1e9


class Example(NamedTuple):
    """The features of the candidates of one message (`candidates x features`), and the target distribution."""

    features: Floats
    target: Floats


def examples(
    engine: EngineState,
    conversations: Iterable[Conversation],
    config: RerankerFitConfig | None = None,
    corpus_config: CorpusConfig | None = None,
) -> Iterator[Example]:
    """Yield an example for each agent message that one of the candidates says."""
    config, max_length = config or RerankerFitConfig(), (corpus_config or CorpusConfig()).max_text_length
    for conversation in conversations:
        names = conversation.customer_name, conversation.agent_name
        analyse = engine.model.analyse
        turns = [analyse(turn.role, turn.text[:max_length], *names) for turn in conversation.turns]
        for position, turn in enumerate(turns):
            if turn.role == "agent" and len(turn.text) > 1:
                example = _example(engine, conversation, turns[:position], turn.folded, config)
                if example is not None:
                    yield example


def _example(
    engine: EngineState,
    conversation: Conversation,
    turns: Sequence[AnalysedTurn],
    said: str,
    config: RerankerFitConfig,
) -> Example | None:
    reranking = engine.settings.reranking
    vector = engine.model.context_vector(turns, conversation.queue, conversation.agent)
    stage = engine.first_stage.score(vector, conversation.agent)
    rows = engine.index.best(stage.total, reranking.candidates)
    if not len(rows):
        return None
    target = _target(engine, rows, said, config)
    if not target.any():
        return None
    return Example(feature_matrix(RerankBatch(engine.index, rows, stage, turns, reranking)), target)


def _target(engine: EngineState, rows: Rows, said: str, config: RerankerFitConfig) -> Floats:
    right = engine.index.templates_of(rows) == engine.model.number_of.get(said, -2)
    close = word_f1(engine.index.signatures_of(rows), signature(words(said))[None, :])[:, 0]
    close = np.where(close >= engine.settings.reranking.same_meaning, close * close, 0)
    close = close / max(float(close.sum()), 1e-6)
    if not right.any():
        return np.asarray(close, np.float32)
    share = config.same_meaning_share
    return np.asarray((1 - share) * right / right.sum() + share * close, np.float32)


def fit(
    data: Sequence[Example], config: RerankerFitConfig | None = None, names: Sequence[str] = RERANK_FEATURES.names
) -> Reranker | None:
    """Return the network that makes the targets likeliest; None for too few examples. `names`: of the features."""
    config = config or RerankerFitConfig()
    if len(data) < config.min_examples:
        return None
    rng = np.random.default_rng(config.seed)
    reranker = _initial(data, config, names, rng)
    features, first, targets = _padded(reranker, data)
    parameters = (reranker.hidden, reranker.bias, reranker.out, reranker.plain)
    optimisers = [Adam(value, config.rate) for value in parameters]
    total = config.epochs * len(data)
    for epoch in range(config.epochs):
        order = rng.permutation(len(data))
        for start in range(0, len(order), config.batch_size):
            rows = order[start : start + config.batch_size]
            dropout_mask = (rng.random(config.hidden) >= config.dropout).astype(np.float32)
            dropout_mask = dropout_mask / np.float32(1 - config.dropout)
            gradients = _gradients(reranker, features[rows], first[rows], targets[rows], dropout_mask)
            lr_scale = 1 - (epoch * len(data) + start) / total
            for adam, gradient in zip(optimisers, gradients, strict=True):
                adam.apply(gradient + np.float32(config.weight_decay) * adam.value, lr_scale)
    return reranker


def _initial(
    data: Sequence[Example], config: RerankerFitConfig, names: Sequence[str], rng: np.random.Generator
) -> Reranker:
    """Return a network with random weights, standardised by the examples."""
    matrix = np.concatenate([example.features for example in data])
    count = matrix.shape[1]
    hidden = rng.standard_normal((count, config.hidden), np.float32) * np.float32(count**-0.5)
    out = rng.standard_normal(config.hidden, np.float32) * np.float32(0.1 * config.hidden**-0.5)
    return Reranker(
        tuple(names),
        matrix.mean(axis=0),
        matrix.std(axis=0) + np.float32(1e-3),
        hidden,
        np.zeros(config.hidden, np.float32),
        out,
        np.zeros(count, np.float32),
    )


def _padded(reranker: Reranker, data: Sequence[Example]) -> tuple[Floats, Floats, Floats]:
    """Return standardised features, weighted first-stage scores and targets, padded to one number of candidates."""
    width = max(len(example.target) for example in data)
    features = np.zeros((len(data), width, len(reranker.mean)), np.float32)
    first = np.full((len(data), width), _EXCLUDED, np.float32)
    targets = np.zeros((len(data), width), np.float32)
    for number, (matrix, target) in enumerate(data):
        features[number, : len(target)] = reranker.scaled(matrix)
        first[number, : len(target)] = FIRST_STAGE_WEIGHT * matrix[:, 0]
        targets[number, : len(target)] = target
    return features, first, targets / targets.sum(axis=1, keepdims=True)


def _gradients(
    reranker: Reranker, features: Floats, first: Floats, targets: Floats, dropout_mask: Floats
) -> tuple[Floats, ...]:
    """Return the gradients of the loss by `hidden`, `bias`, `out` and `plain`."""
    middle = np.tanh(features @ reranker.hidden + reranker.bias)
    scores = (middle * dropout_mask) @ reranker.out + features @ reranker.plain + first
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    error = ((exponentials / exponentials.sum(axis=1, keepdims=True) - targets) / len(targets)).ravel()
    flat, middle = features.reshape(len(error), -1), middle.reshape(len(error), -1)
    back = error[:, None] * (reranker.out * dropout_mask) * (1 - middle * middle)
    return flat.T @ back, back.sum(axis=0), (middle * dropout_mask).T @ error, flat.T @ error
