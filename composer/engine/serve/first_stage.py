"""The first ranking stage: a weighted sum of features over all candidates at once.

Features of the candidate alone are added up once for each engine (`prior`); features of the context once for each
context. Lexical match is a feature of the context, too, but counts less with each learned message and differs between
the empty composer and typed text; it is kept apart.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np

from composer.engine.index.lexical import Query
from composer.engine.serve.candidate_index import CandidateIndex
from composer.engine.serve.feature_registry import Column, FeatureRegistry
from composer.engine.serve.index_builder import about
from composer.engine.serve.settings import FeatureWeights
from composer.engine.store.bags import Floats
from composer.engine.types import Entry, FeatureShare


@dataclass(frozen=True, slots=True)
class ContextQuery:
    """What context features are computed from: the index, the context's vector, and the agent who answers."""

    index: CandidateIndex
    vector: Floats
    agent: str


class StageScores(NamedTuple):
    """Scores of all candidates: the total in log units, and the context features by name."""

    total: Floats
    features: Mapping[str, Floats]


PRIOR_FEATURES: FeatureRegistry[CandidateIndex] = FeatureRegistry()
CONTEXT_FEATURES: FeatureRegistry[ContextQuery] = FeatureRegistry()

# Subtracted from a learned template that an entry of the list stands for.
_DUPLICATE_SCORE = -1e6


@PRIOR_FEATURES.feature
def popularity(index: CandidateIndex) -> Column:
    """Log of how often the template was said."""
    return index.popularity


@PRIOR_FEATURES.feature
def fill_rate(index: CandidateIndex) -> Column:
    """Log of the probability that its slots are filled rightly from the conversation."""
    return index.log_fill_rates


@PRIOR_FEATURES.feature
def in_list(index: CandidateIndex) -> Column:
    """1 for an entry of the list."""
    return (np.arange(len(index)) < index.list_size).astype(np.float32)


@PRIOR_FEATURES.feature
def list_order(index: CandidateIndex) -> Column:
    """-log(1 + position in the list) where the order is the only popularity signal, 0 elsewhere."""
    order = np.zeros(len(index))
    if index.ordered:
        order[: index.list_size] = -np.log1p(np.arange(index.list_size))
    return order


@CONTEXT_FEATURES.feature
def dot(query: ContextQuery) -> Column:
    """Product of the context's vector and the response's."""
    return query.index.products(query.vector)


@CONTEXT_FEATURES.feature
def past_contexts(query: ContextQuery) -> Column:
    """Votes of the nearest past contexts for what followed them, as a logarithm."""
    model = query.index.model
    if not model.trained:
        return np.zeros(len(query.index), np.float32)
    return query.index.by_row(*model.neighbours.votes(query.vector))


@CONTEXT_FEATURES.feature
def agent_affinity(query: ContextQuery) -> Column:
    """Log of how much oftener than others this agent says it; 0 for a template the agent does not use."""
    return query.index.by_row(*query.index.model.agent_affinity(query.agent))


class FirstStage:
    """Scores all candidates of an index. Immutable."""

    def __init__(self, index: CandidateIndex, weights: FeatureWeights) -> None:
        self.index = index
        self.weights: dict[str, float] = asdict(weights)
        self.prior = self._prior()

    def _prior(self) -> Floats:
        """Return the score of each candidate in any conversation."""
        index = self.index
        prior = np.zeros(len(index), np.float32)
        for name, column in PRIOR_FEATURES.columns(index):
            prior += self.weights[name] * column
        # An entry of the list stands for its template as well. A template whose entities are its own stays beside it.
        learned = index.template_of >= 0
        stands_for = learned & ~(index.constant & index.has_entities)
        prior[index.list_size + index.template_of[stands_for]] = _DUPLICATE_SCORE
        # A variant is offered in place of its leader only, or when typed.
        prior[index.variant_rows] -= index.config.variant_penalty
        return np.asarray(prior, np.float32)

    def score(self, vector: Floats, agent: str) -> StageScores:
        """Score all candidates after a context. `vector`: the context's; `agent`: who answers."""
        features = dict(CONTEXT_FEATURES.columns(ContextQuery(self.index, vector, agent)))
        total = self.weights["dot"] * features["dot"]
        total += self.prior
        weighted = (self.weights[name] * column for name, column in features.items() if name != "dot")
        total += functools.reduce(np.add, weighted)
        return StageScores(total, features)

    def fragment_scores(self, vector: Floats) -> Floats:
        """Score the fragments of messages, which complete phrases and are never offered whole."""
        model = self.index.model
        return np.asarray(
            model.fragment_vectors @ vector
            + self.weights["popularity"] * np.log(np.maximum(model.fragment_counts, 0.5)),
            np.float32,
        )

    def lexical_scores(self, query: Query) -> Floats | None:
        """Return the lexical score of each candidate, weighted; None when lexical match does not count any more."""
        index = self.index
        if index.lexical is None:
            return None
        weighted = self._lexical_weighted(index.lexical.scores(query))
        scores = np.zeros(len(index), np.float32)
        scores[: index.vector_count] = weighted[: index.vector_count]
        scores[index.list_size :] = weighted[index.vector_count :]
        return scores

    def lexical_score(self, query: Query, entry: Entry) -> float:
        """Return the weighted lexical score of an entry that is not in the index."""
        if self.index.lexical is None:
            return 0.0
        return float(self._lexical_weighted(np.float32(self.index.lexical.score(query, about(entry)))))

    def _lexical_weighted(self, cosines: Floats | np.float32) -> Floats:
        config = self.index.lexical_config
        least = config.min_score_ordered if self.index.ordered else config.min_score
        return np.asarray(self.index.lexical_weight * np.maximum(cosines - least, 0.0), np.float32)

    @property
    def typed_share(self) -> float:
        """The share of lexical scores that counts for typed text, which says itself what is meant."""
        return 0.0 if self.index.model.trained else self.index.lexical_config.typed_share

    def initial_scores(self, scores: Floats, lexical: Floats) -> Floats:
        """Return the scores for the empty composer. `lexical`: of `lexical_scores`."""
        index = self.index
        initial = scores + lexical * np.float32(1 - self.typed_share)
        if index.ordered:
            less = self.weights["list_order"] - index.config.list_order_weight_initial
            initial[: index.list_size] += np.float32(less) * np.log1p(np.arange(index.list_size, dtype=np.float32))
        return initial

    def explain(self, row: int, vector: Floats, agent: str, lexical: float) -> dict[str, FeatureShare]:
        """Return the share of each feature in a candidate's score, computed anew. `lexical`: its weighted score."""
        columns = [
            *PRIOR_FEATURES.columns(self.index),
            *CONTEXT_FEATURES.columns(ContextQuery(self.index, vector, agent)),
        ]
        parts = {name: FeatureShare(float(column[row]), self.weights[name]) for name, column in columns}
        if self.index.lexical_weight:
            weight = self.index.lexical_weight
            parts["lexical"] = FeatureShare(lexical / weight, weight)
        if np.isin(row, self.index.variant_rows):
            parts["variant"] = FeatureShare(-1.0, self.index.config.variant_penalty)
        return parts
