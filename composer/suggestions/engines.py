"""The engines of this process: made once, immutable, shared by all conversations, swapped as a whole."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import redis

from accounts.models import Company
from composer.engine.prefix import PrefixEngine
from composer.engine.serve.engine import RankingEngine
from composer.engine.serve.settings import Settings
from composer.engine.store.artefact import ArtefactError
from composer.engine.types import SuggestionEngine
from composer.learning.entries import entry_of
from composer.learning.selectors import learns_from_transcripts, model_in_use
from composer.learning.store import folder_of
from composer.suggestions.engine_cache import Served, Workshop, unhurried
from conversations.selectors import Scope
from freshness import stamps
from freshness.copies import Copies
from responses.lists import LoadedList, empty_list, load_global_list
from responses.selectors import deployed_version, list_topic

logger = logging.getLogger(__name__)

# A small list is swapped at once; a large one is built while the engine before it goes on serving.
_PATIENCE_S = 0.15
_ingredients: Copies[Scope, Ingredients] = Copies(64)
workshop: Workshop[Scope, SuggestionEngine] = Workshop(64, _PATIENCE_S)


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What an engine is made of. `model`: id of the trained model, "" before the first training."""

    listed: LoadedList
    model: str
    transcripts: bool

    @property
    def key(self) -> str:
        return f"{self.listed.version}:{self.model}:{self.transcripts}"


def global_list(scope: Scope) -> LoadedList:
    """The list that the environment uses now."""
    return ingredients(scope).listed


def ingredients(scope: Scope) -> Ingredients:
    """List, model and switch as they are now: kept in memory, loaded again when a change replaces the list's stamp.

    While Redis is away each call asks the database which list that is, and keeps what it has of it.
    """
    topics = (list_topic(scope),)
    copy = _ingredients.find(scope)
    try:
        now = stamps.read(topics)
    except redis.RedisError:
        return _load(scope, copy.value.listed if copy else None)
    if copy is not None and copy.is_current(now):
        return copy.value
    loaded = _load(scope)
    _ingredients.keep(scope, loaded, topics=topics, stamps=now)
    return loaded


def _load(scope: Scope, before: LoadedList | None = None) -> Ingredients:
    version = deployed_version(scope)
    if version is None:
        listed = empty_list(Company.objects.get(pk=scope.company_id))
    elif before is not None and before.version == version.pk:
        listed = before
    else:
        listed = load_global_list(version)
    model = model_in_use(scope)
    return Ingredients(listed, model.pk if model else "", learns_from_transcripts(scope))


def suggestion_engine(scope: Scope) -> Served[SuggestionEngine]:
    """The engine over the deployed list and the model in use; the one before it while that is being built."""
    wanted = ingredients(scope)
    return workshop.engine(scope, wanted.key, lambda: _build(wanted))


def _build(wanted: Ingredients) -> SuggestionEngine:
    entries = [entry_of(item, "global") for item in wanted.listed.responses]
    if wanted.model:
        try:
            settings = Settings(transcripts=wanted.transcripts)
            return RankingEngine.open(folder_of(wanted.model), unhurried(entries), settings)
        except ArtefactError:
            logger.exception("the trained model cannot be read; offering what starts with the typed text")
    return PrefixEngine(entries)


def forget() -> None:
    """Drop every copy, as after a loss of Redis."""
    _ingredients.clear()
