"""The engines of this process: made once, immutable, shared by all conversations, swapped as a whole."""

from __future__ import annotations

import functools
import threading

import redis

from accounts.models import Company
from composer.engine.prefix import PrefixEngine
from composer.engine.spelling import SpellingEngine
from composer.engine.types import Entry, Source, SuggestionEngine
from conversations.selectors import Scope
from freshness import stamps
from freshness.copies import Copies
from responses.browse import ResponseItem
from responses.lists import LoadedList, empty_list, filters_of, load_global_list
from responses.models import ListVersion
from responses.selectors import deployed_version, list_topic
from safety.engine.profanity import ProfanityEngine

_lists: Copies[Scope, LoadedList] = Copies(64)
_engines: Copies[str, SuggestionEngine] = Copies(64)
_building = threading.Lock()


@functools.cache
def spelling() -> SpellingEngine:
    """Takes some seconds to load; `warm_up` does it before the first agent needs it."""
    return SpellingEngine()


@functools.cache
def profanity() -> ProfanityEngine:
    return ProfanityEngine()


def warm_up() -> None:
    """Load what the first keystroke would otherwise wait for."""
    spelling().correct("warm ", 4, 5)
    profanity().has_profanity("warm")


def entry_of(item: ResponseItem, source: Source) -> Entry:
    """A response as the engine sees it."""
    return Entry(
        key=item.id,
        text=item.text,
        title=item.title,
        source=source,
        filters=filters_of(item),
        folder=item.folder_id,
    )


def global_list(scope: Scope) -> LoadedList:
    """The list that the environment uses now: kept in memory, loaded again when a deployment changes it.

    While Redis is away each call asks the database which version that is, and keeps what it has of it.
    """
    topics = (list_topic(scope),)
    copy = _lists.find(scope)
    try:
        now = stamps.read(topics)
    except redis.RedisError:
        version = deployed_version(scope)
        if copy is not None and copy.value.version == (version.pk if version else ""):
            return copy.value
        return _load_list(scope, version)
    if copy is not None and copy.is_current(now):
        return copy.value
    loaded = _load_list(scope, deployed_version(scope))
    _lists.keep(scope, loaded, topics=topics, stamps=now)
    return loaded


def _load_list(scope: Scope, version: ListVersion | None) -> LoadedList:
    return load_global_list(version) if version else empty_list(Company.objects.get(pk=scope.company_id))


def suggestion_engine(scope: Scope) -> SuggestionEngine:
    """The engine over the deployed list; one is built at a time, whoever else asks waits for it."""
    loaded = global_list(scope)
    key = f"{scope.company_id}:{loaded.version}"
    copy = _engines.find(key)
    if copy is None:
        with _building:
            copy = _engines.find(key)
            if copy is None:
                engine: SuggestionEngine = PrefixEngine(entry_of(item, "global") for item in loaded.responses)
                _engines.keep(key, engine, topics=(), stamps=())
                return engine
    return copy.value


def forget() -> None:
    """Drop every copy, as after a loss of Redis."""
    _lists.clear()
