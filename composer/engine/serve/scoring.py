"""One conversation with the scores of all candidates, and the offers for the empty composer."""

from __future__ import annotations

import numpy as np

from composer.engine.model.reranker import Reranker
from composer.engine.serve.context import PreparedContext
from composer.engine.serve.diversify import Diversifier
from composer.engine.serve.first_stage import StageScores
from composer.engine.serve.reranker import RerankBatch, reranked
from composer.engine.serve.row_ranges import RowRanges
from composer.engine.serve.state import EngineState
from composer.engine.types import SuggestionContext


class ScoredCandidates:
    """A context with its scores. Pure and thread-safe."""

    def __init__(self, engine: EngineState, context: SuggestionContext) -> None:
        self.engine, self._index, self._context = engine, engine.index, context
        self.prepared = PreparedContext(engine, context)
        self.values = self.prepared.values
        stage, lexical = self.prepared.score()
        self._scores = self.prepared.scores
        self.rows = RowRanges(self.prepared)
        self.own = list(self.rows.own_candidates())
        self.best = self._index.best(self._scores, engine.settings.session.best)
        if engine.model.reranker is not None and len(self.best):
            self._rerank(engine.model.reranker, stage)
        # The diversifier is dropped after scoring: it holds one more number for each candidate.
        self.initial = Diversifier(self.prepared, self.best, lexical, self.own).offers()

    def _rerank(self, reranker: Reranker, stage: StageScores) -> None:
        """Score the first of the best candidates by what is known of each beside the others."""
        config = self.engine.settings.reranking
        rows = self.best[: config.candidates]
        batch = RerankBatch(self._index, rows, stage, self.prepared.turns, config)
        self._scores[rows] = reranked(reranker, batch)
        self.best = self.best[np.argsort(-self._scores[self.best], kind="stable")]
