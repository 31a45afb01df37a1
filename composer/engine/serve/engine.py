"""The trained engine: a model combined with a list; scenes are made ready once and asked at every keystroke."""

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

    def prepare(self, scene: SuggestionContext) -> RankingSession:
        """Make a scene ready: some milliseconds, most of them for messages not read before."""
        return RankingSession(self, scene)

    def rank(self, scene: SuggestionContext, texts: Sequence[str]) -> list[float]:
        """How well each text answers the scene; higher is better."""
        return rank_scores(self.model, scene, texts)
