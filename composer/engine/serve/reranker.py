"""The second ranking stage: features of the best candidates beside each other, and the scores they get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from composer.engine.model.reranker import FIRST_STAGE_WEIGHT, Reranker
from composer.engine.serve.candidate_index import CandidateIndex
from composer.engine.serve.candidates import Rows
from composer.engine.serve.feature_registry import Column, FeatureRegistry
from composer.engine.serve.first_stage import StageScores
from composer.engine.serve.settings import RerankConfig
from composer.engine.store.bags import Floats
from composer.engine.text.entities import SLOT
from composer.engine.text.features import AnalysedTurn
from composer.engine.text.similarity import Bits, signatures, word_f1
from composer.engine.types import FeatureShare


@dataclass(frozen=True)
class RerankBatch:
    """The candidates of one context, best first: rows of the index, and what the features have in common."""

    index: CandidateIndex
    rows: Rows
    stage: StageScores
    turns: Sequence[AnalysedTurn]
    config: RerankConfig

    @cached_property
    def score(self) -> Floats:
        """First-stage score less that of the best candidate."""
        scores = self.stage.total[self.rows]
        return np.asarray(scores - scores.max(), np.float32)

    @cached_property
    def probability(self) -> Floats:
        """Probability of each candidate by the first stage, up to a factor."""
        return np.asarray(np.exp(self.score), np.float32)

    @cached_property
    def softened(self) -> Floats:
        return np.sqrt(self.probability)

    @cached_property
    def texts(self) -> list[str]:
        return [self.index.template(row) for row in self.rows.tolist()]

    @cached_property
    def signatures(self) -> Bits:
        return self.index.signatures_of(self.rows)

    @cached_property
    def own_texts(self) -> list[str]:
        """The agent's messages, folded."""
        return [turn.folded for turn in self.turns if turn.role == "agent"]

    @cached_property
    def same_meaning(self) -> npt.NDArray[np.bool_]:
        """Which candidates say the same, `candidates x candidates`. A text without words is like itself alone."""
        close = word_f1(self.signatures, self.signatures) >= self.config.same_meaning
        np.fill_diagonal(close, True)
        return close

    @cached_property
    def similarity_to_own(self) -> Floats:
        """Word F1 of each candidate with each of the agent's latest messages, the last message last."""
        if not self.own_texts:
            return np.zeros((len(self.rows), 1), np.float32)
        return word_f1(self.signatures, signatures(self.own_texts[-self.config.max_own_turns :]))


RERANK_FEATURES: FeatureRegistry[RerankBatch] = FeatureRegistry()


@RERANK_FEATURES.feature
def first_stage(batch: RerankBatch) -> Column:
    """First-stage score less that of the best candidate. It must stay the first feature (`model.reranker`)."""
    return batch.score


@RERANK_FEATURES.feature
def log_rank(batch: RerankBatch) -> Column:
    """Log of the rank in the first stage, from 1."""
    return np.log1p(np.arange(len(batch.rows)))


@RERANK_FEATURES.feature
def probability(batch: RerankBatch) -> Column:
    """Probability by the first stage among these candidates."""
    return batch.probability / batch.probability.sum()


@RERANK_FEATURES.feature
def dot(batch: RerankBatch) -> Column:
    """Product of the context's vector and the response's."""
    return batch.stage.features["dot"][batch.rows]


@RERANK_FEATURES.feature
def popularity(batch: RerankBatch) -> Column:
    """Log of how often the template was said."""
    return batch.index.popularity[batch.rows]


@RERANK_FEATURES.feature
def fill_rate(batch: RerankBatch) -> Column:
    """Log of the probability that its slots are filled rightly."""
    return batch.index.log_fill_rates[batch.rows]


@RERANK_FEATURES.feature
def past_contexts(batch: RerankBatch) -> Column:
    """Votes of the nearest past contexts, as a logarithm."""
    return batch.stage.features["past_contexts"][batch.rows]


@RERANK_FEATURES.feature
def agent_affinity(batch: RerankBatch) -> Column:
    """Log of how much oftener than others this agent says it."""
    return batch.stage.features["agent_affinity"][batch.rows]


@RERANK_FEATURES.feature
def repeats_last(batch: RerankBatch) -> Column:
    """Word F1 with the agent's last message."""
    return batch.similarity_to_own[:, -1]


@RERANK_FEATURES.feature
def repeats_any(batch: RerankBatch) -> Column:
    """Highest word F1 with one of the agent's latest messages."""
    return batch.similarity_to_own.max(axis=1)


@RERANK_FEATURES.feature
def meaning(batch: RerankBatch) -> Column:
    """Log probability of all candidates that say the same in these or other words."""
    shares = batch.same_meaning @ batch.probability / batch.probability.sum()
    return np.log(np.maximum(shares, batch.config.min_probability))


@RERANK_FEATURES.feature
def meaning_softened(batch: RerankBatch) -> Column:
    """The same with less confident probabilities."""
    shares = batch.same_meaning @ batch.softened / batch.softened.sum()
    return np.log(np.maximum(shares, batch.config.min_probability))


@RERANK_FEATURES.feature
def same_before(batch: RerankBatch) -> Column:
    """Number of candidates before it that say the same."""
    return np.tril(batch.same_meaning, -1).sum(axis=1)


@RERANK_FEATURES.feature
def slots(batch: RerankBatch) -> Column:
    """Number of slots."""
    return [len(SLOT.findall(text)) for text in batch.texts]


@RERANK_FEATURES.feature
def question(batch: RerankBatch) -> Column:
    """Whether it asks something."""
    return ["?" in text for text in batch.texts]


@RERANK_FEATURES.feature
def log_candidates(batch: RerankBatch) -> Column:
    """Log of the candidates' number as weighed by probability: how unsure the first stage is."""
    return np.log(batch.probability.sum())


@RERANK_FEATURES.feature
def max_past_contexts(batch: RerankBatch) -> Column:
    """Highest vote of past contexts for any candidate."""
    return batch.stage.features["past_contexts"].max(initial=0.0)


@RERANK_FEATURES.feature
def log_own_messages(batch: RerankBatch) -> Column:
    """Log of how many messages the agent has sent, from 1."""
    return np.log1p(len(batch.own_texts))


@RERANK_FEATURES.feature
def answers_customer(batch: RerankBatch) -> Column:
    """Whether the last message is not the agent's."""
    return bool(batch.turns) and batch.turns[-1].role != "agent"


def feature_matrix(batch: RerankBatch, names: Sequence[str] | None = None) -> Floats:
    """Return the features of the candidates, `candidates x features`; `names` as in `FeatureRegistry.matrix`."""
    return RERANK_FEATURES.matrix(batch, len(batch.rows), names)


def reranked(reranker: Reranker, batch: RerankBatch) -> Floats:
    """Return new scores of the candidates, with the same log-sum-exp as before: others stay comparable."""
    before = batch.stage.total[batch.rows]
    after = reranker.scores(feature_matrix(batch, reranker.features))
    return np.asarray(after + (_log_sum_exp(before) - _log_sum_exp(after)), np.float32)


def explain(reranker: Reranker, batch: RerankBatch, position: int) -> dict[str, FeatureShare]:
    """Return the share of each feature in the new score of the candidate at a position of the batch.

    Shares are linear weights times standardised values; "first_stage_score" is the first stage's score itself,
    "hidden_layer" what the network finds in several features at once, and "offset" what makes the scores of all
    candidates as high as before.
    """
    matrix = feature_matrix(batch, reranker.features)
    scaled = reranker.scaled(matrix)[position]
    parts = {
        name: FeatureShare(float(value), float(weight))
        for name, value, weight in zip(reranker.features, scaled, reranker.plain, strict=True)
    }
    parts["first_stage_score"] = FeatureShare(float(matrix[position, 0]), FIRST_STAGE_WEIGHT)
    parts["hidden_layer"] = FeatureShare(float(reranker.hidden_share(matrix)[position]), 1.0)
    offset = _log_sum_exp(batch.stage.total[batch.rows]) - _log_sum_exp(reranker.scores(matrix))
    parts["offset"] = FeatureShare(offset, 1.0)
    return parts


def _log_sum_exp(scores: Floats) -> float:
    highest = float(scores.max())
    return highest + float(np.log(np.exp(scores - highest).sum()))
