"""The engines of this process: built once, immutable, shared by all conversations of an environment, swapped whole."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from accounts.models import Company
from caching.cache import VersionedCache
from caching.versions import Versions
from composer.engine.prefix import PrefixEngine
from composer.engine.serve.engine import RankingEngine
from composer.engine.serve.settings import Settings
from composer.engine.store.artefact import ArtefactError
from composer.engine.types import SuggestionEngine
from composer.learning.entries import entry_of
from composer.learning.selectors import learns_from_transcripts, model_in_use, models_key
from composer.learning.store import folder_of
from composer.suggestions.engine_cache import CachedEngine, EngineCache, yielding
from composer.suggestions.list_index import index_of
from conversations.selectors import Scope
from responses.engine.quicksearch import QuickSearch
from responses.lists import LoadedList, empty_list, load_global_list
from responses.models import ListVersion
from responses.selectors import deployed_version, list_key

logger = logging.getLogger(__name__)

# A small list is swapped at once; a larger one is built while the engine before it goes on serving.
MAX_SWAP_WAIT_S = 0.15
engine_cache: EngineCache[Scope, SuggestionEngine] = EngineCache(64, MAX_SWAP_WAIT_S)


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What an engine is built from. `model`: id of the trained model, "" before the first training."""

    listed: LoadedList
    model: str
    transcripts: bool

    @property
    def key(self) -> str:
        return f"{self.listed.version}:{self.model}:{self.transcripts}"


def _load_ingredients(scope: Scope, _: Versions) -> Ingredients:
    version = deployed_version(scope)
    listed = _lists.get(version.pk) if version else empty_list(Company.objects.get(pk=scope.company_id))
    model = model_in_use(scope)
    return Ingredients(listed, model.pk if model else "", learns_from_transcripts(scope))


def _load_list(version_id: str, _: Versions) -> LoadedList:
    return load_global_list(ListVersion.objects.get(pk=version_id))


# A version of a list never changes, so neither its rows nor its index depend on anything.
_lists: VersionedCache[str, LoadedList] = VersionedCache(size=64, load=_load_list)
_indexes: VersionedCache[str, QuickSearch] = VersionedCache(size=16, load=lambda id_, _: index_of(_lists.get(id_)))
_ingredients: VersionedCache[Scope, Ingredients] = VersionedCache(
    size=64, load=_load_ingredients, depends_on=lambda scope: (list_key(scope), models_key(scope))
)


def global_list(scope: Scope) -> LoadedList:
    """Return the list that the environment uses now."""
    return _ingredients.get(scope).listed


def global_index(listed: LoadedList) -> QuickSearch:
    """Return the search index over a deployed list."""
    return _indexes.get(listed.version) if listed.version else index_of(listed)


def suggestion_engine(scope: Scope, known: Versions | None = None) -> CachedEngine[SuggestionEngine]:
    """Return the engine over the deployed list and the model in use, or the one before it while that is being built.

    `known`: versions that the caller has just read (`VersionedCache.get`).
    """
    wanted = _ingredients.get(scope, known)
    return engine_cache.engine(scope, wanted.key, lambda: _build(wanted))


def _build(wanted: Ingredients) -> SuggestionEngine:
    entries = [entry_of(item, "global") for item in wanted.listed.responses]
    if wanted.model:
        try:
            settings = Settings(transcripts=wanted.transcripts)
            return RankingEngine.open(folder_of(wanted.model), yielding(entries), settings)
        except ArtefactError:
            logger.exception("the trained model cannot be read; suggesting by prefix only")
    return PrefixEngine(entries)
