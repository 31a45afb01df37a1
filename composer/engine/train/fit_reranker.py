"""Fits the second ranking on conversations that were kept back from all other learning.

For each agent message of theirs the best candidates share a chance among them: most of it should go to the very
response, some to those that say the same in other words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from composer.engine.model.reranker import FIRST, Reranker
from composer.engine.serve.candidates import CandidateIndex
from composer.engine.serve.reranker import CANDIDATES, SAME, feature_matrix
from composer.engine.store.bags import Floats
from composer.engine.text.features import AnalysedTurn
from composer.engine.text.similarity import alike, signature
from composer.engine.text.tokens import words
from composer.engine.train.corpus import LONGEST_TEXT, Conversation
from composer.engine.train.optim import Adam

# Fewer messages than this fit nothing.
LEAST_TRIALS = 150
OTHER_WORDS = 0.2
HIDDEN, READINGS, BATCH, RATE, DROPPED, DECAY = 24, 25, 32, 0.002, 0.2, 1e-4

# The signs of the candidates of one message, and how the chance should be shared among them.
Example = tuple[Floats, Floats]


def trials(pool: CandidateIndex, conversations: Iterable[Conversation]) -> Iterator[Example]:
    """The agent messages of these conversations for which a candidate was right."""
    for conversation in conversations:
        names = conversation.customer_name, conversation.agent_name
        turns = [pool.model.said(turn.role, turn.text[:LONGEST_TEXT], *names) for turn in conversation.turns]
        for place, turn in enumerate(turns):
            if turn.role == "agent" and len(turn.text) > 1:
                trial = _trial(pool, conversation, turns[:place], turn.folded)
                if trial is not None:
                    yield trial


def _trial(
    pool: CandidateIndex, conversation: Conversation, turns: Sequence[AnalysedTurn], said: str
) -> Example | None:
    vector = pool.model.context_vector(turns, conversation.queue, conversation.agent)
    evidence = pool.evidence(vector, conversation.agent)
    best = pool.best(evidence.scores, CANDIDATES)
    aim = _aim(pool, best, said) if len(best) else np.zeros(0, np.float32)
    return (feature_matrix(pool, best, evidence, turns), aim) if aim.any() else None


def _aim(pool: CandidateIndex, candidates: npt.NDArray[np.int64], said: str) -> Floats:
    right = pool.templates_of(candidates) == pool.model.known.get(said, -2)
    close = alike(pool.signatures_of(candidates), signature(words(said))[None, :])[:, 0]
    close = np.where(close >= SAME, close * close, 0)
    close = close / max(float(close.sum()), 1e-6)
    if not right.any():
        return np.asarray(close, np.float32)
    return np.asarray((1 - OTHER_WORDS) * right / right.sum() + OTHER_WORDS * close, np.float32)


def fit(found: Sequence[Example]) -> Reranker | None:
    """The network that makes what was said likeliest; None when there is too little to learn from."""
    if len(found) < LEAST_TRIALS:
        return None
    rng = np.random.default_rng(17)
    every = np.concatenate([signs for signs, _ in found])
    count = every.shape[1]
    hidden = rng.standard_normal((count, HIDDEN), np.float32) * np.float32(count**-0.5)
    out = rng.standard_normal(HIDDEN, np.float32) * np.float32(0.1 * HIDDEN**-0.5)
    zeros = np.zeros(HIDDEN, np.float32), np.zeros(count, np.float32)
    second = Reranker(every.mean(axis=0), every.std(axis=0) + np.float32(1e-3), hidden, zeros[0], out, zeros[1])
    signs, first, aims = _padded(second, found)
    steps = [Adam(value, RATE) for value in (second.hidden, second.bias, second.out, second.plain)]
    total = READINGS * len(found)
    for reading in range(READINGS):
        order = rng.permutation(len(found))
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            keep = (rng.random(HIDDEN) >= DROPPED).astype(np.float32) / np.float32(1 - DROPPED)
            gradients = _gradients(second, signs[chosen], first[chosen], aims[chosen], keep)
            for adam, gradient in zip(steps, gradients, strict=True):
                adam.apply(gradient + np.float32(DECAY) * adam.value, 1 - (reading * len(found) + start) / total)
    return second


def _padded(second: Reranker, found: Sequence[Example]) -> tuple[Floats, Floats, Floats]:
    """Scaled signs, what the first ranking counts, and aims; places without a candidate have no chance."""
    width = max(len(aim) for _, aim in found)
    signs = np.zeros((len(found), width, len(second.mean)), np.float32)
    first = np.full((len(found), width), -1e9, np.float32)
    aims = np.zeros((len(found), width), np.float32)
    for place, (rows, aim) in enumerate(found):
        signs[place, : len(aim)] = second.scaled(rows)
        first[place, : len(aim)] = FIRST * rows[:, 0]
        aims[place, : len(aim)] = aim
    return signs, first, aims / aims.sum(axis=1, keepdims=True)


def _gradients(second: Reranker, signs: Floats, first: Floats, aims: Floats, keep: Floats) -> tuple[Floats, ...]:
    """Of the loss by `hidden`, `bias`, `out` and `plain`."""
    middle = np.tanh(signs @ second.hidden + second.bias)
    scores = (middle * keep) @ second.out + signs @ second.plain + first
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    error = ((chances / chances.sum(axis=1, keepdims=True) - aims) / len(aims)).ravel()
    flat, middle = signs.reshape(len(error), -1), middle.reshape(len(error), -1)
    back = error[:, None] * (second.out * keep) * (1 - middle * middle)
    return flat.T @ back, back.sum(axis=0), (middle * keep).T @ error, flat.T @ error
