"""The trained engine: a model combined with a list. Contexts are prepared once and asked at every keystroke."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from composer.engine.model.model import Model
from composer.engine.serve.rank_texts import rank_scores
from composer.engine.serve.session import RankingSession
from composer.engine.serve.settings import Settings
from composer.engine.serve.state import EngineState
from composer.engine.types import Entry, SuggestionContext


class RankingEngine(EngineState):
    """Immutable, shared by all conversations of a company and environment."""

    @staticmethod
    def open(directory: Path, global_list: Iterable[Entry], settings: Settings | None = None) -> RankingEngine:
        """Combine an artefact with a version of the list. Raises ArtefactError where there is no artefact."""
        return RankingEngine(Model(directory), global_list, settings)

    def prepare(self, context: SuggestionContext) -> RankingSession:
        """Prepare a context: some milliseconds, most of them for messages not analysed before."""
        return RankingSession(self, context)

    def rank(self, context: SuggestionContext, texts: Sequence[str]) -> list[float]:
        """Return how well each text answers the context; higher is better."""
        return rank_scores(self.model, context, texts)
