"""The checks of an agent's words for one company: speller and profanity filter, with the company's own words in both.

Both are immutable and replaced as a whole when a word list or the learned words change. A keystroke uses what is in
memory and never waits for the database.
"""

from __future__ import annotations

import functools
import logging
from dataclasses import dataclass

from caching.cache import CachedValue, VersionedCache
from caching.versions import Versions
from composer.engine.fluency import Learned, SpellingEngine
from composer.learning.selectors import learns_from_transcripts, model_in_use, models_key
from composer.learning.store import learnt_words_of
from composer.models import CompanyWord
from conversations.selectors import Scope
from safety.engine.blocklist import ProfanityEngine
from safety.selectors import profanity_for, words_key

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Checks:
    spelling: SpellingEngine
    profanity: ProfanityEngine


def warm_up() -> None:
    """Load what the first keystroke would otherwise wait for."""
    SpellingEngine().correct("warm ", 4, 5)
    ProfanityEngine().has_profanity("warm")


def find(scope: Scope) -> CachedValue[Checks] | None:
    """Return what this process has cached, current or not. Asks neither the database nor Redis."""
    return _checks.find(scope)


def checks_for(scope: Scope, known: Versions | None = None) -> Checks:
    """Return the company's checks as they are now; while Redis is away, those that are in memory.

    `known`: versions that the caller has just read (`VersionedCache.get`).
    """
    return _checks.get(scope, known)


def _load(scope: Scope, _: Versions) -> Checks:
    words = CompanyWord.objects.filter(company_id=scope.company_id).values_list("word", flat=True)
    model = model_in_use(scope)
    learned = _learned(model.pk, learns_from_transcripts(scope)) if model else None
    return Checks(SpellingEngine(learned, words=frozenset(words)), profanity_for(scope.company_id))


@functools.lru_cache(maxsize=64)
def _learned(model_id: str, transcripts: bool) -> Learned | None:
    """Return the words of a training; None for a training from before words were learned."""
    path = learnt_words_of(model_id, transcripts)
    try:
        return Learned.load(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        logger.exception("learned words cannot be read; correcting without them", extra={"model": model_id})
        return None


_checks: VersionedCache[Scope, Checks] = VersionedCache(
    size=64,
    load=_load,
    depends_on=lambda scope: (words_key(scope.company_id), models_key(scope)),
    when_redis_is_away="serve_stale",
)
