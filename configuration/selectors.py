"""Reads of settings: which value counts, and from which level it came.

`settings_for` reads from memory and is for whatever runs at a keystroke: a value depends on `settings_key` of the
company and `agent_key` of the agent, which the contexts of conversations check anyway. `stored_settings` reads the
rows in one query; use it in a transaction, on pages, and where a value is read once.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import redis
from django.db.models import Q

from accounts.models import Agent
from accounts.selectors import agent_key
from caching import versions
from caching.cache import VersionedCache
from caching.versions import CacheKey, Versions, cache_key
from configuration.errors import ForeignOwnerError, InvalidValueError
from configuration.levels import Level, Scoped
from configuration.models import SettingValue
from configuration.registry import Setting, find_setting

logger = logging.getLogger(__name__)

T = TypeVar("T")
_Values = Mapping[str, Any]
_NONE: _Values = {}

# Companies and agents whose values one process caches.
MAX_COMPANIES, MAX_AGENTS = 256, 4096


def settings_key(company_id: int) -> CacheKey:
    """Return the cache key of a company's settings, those of its agents excepted: they belong to `agent_key`."""
    return cache_key("settings", company_id)


@dataclass(frozen=True, slots=True)
class Resolved(Generic[T]):
    """The value that counts. `level`: where it is set, None where the default counts."""

    value: T
    level: Level | None


class EffectiveSettings:
    """The settings that count in one scope, for one queue and one agent."""

    __slots__ = ("_layers",)

    def __init__(self, layers: Sequence[tuple[Level, _Values]]) -> None:
        self._layers = layers  # the narrowest first

    def resolve(self, setting: Setting[T]) -> Resolved[T]:
        """Return the value that counts and its level: agent over queue over environment over company over default."""
        for level, values in self._layers:
            if setting.name in values and level in setting.levels:
                return Resolved(values[setting.name], level)
        return Resolved(setting.default_value(), None)

    def without(self, level: Level) -> EffectiveSettings:
        """Return what would count without the values of this level."""
        return EffectiveSettings([layer for layer in self._layers if layer[0] != level])

    def __getitem__(self, setting: Setting[T]) -> T:
        """Return the value that counts."""
        return self.resolve(setting).value


def settings_for(
    scope: Scoped, *, agent: Agent | None = None, queue_id: int | None = None, known: Versions | None = None
) -> EffectiveSettings:
    """Return the settings of a scope, from memory where that is current. One trip to Redis.

    `known`: versions that the caller has just read; with those of `settings_key` and `agent_key` Redis is not asked.
    Raises ForeignOwnerError for an agent of another scope.
    """
    _check_agent(scope, agent)
    keys = [settings_key(scope.company_id), *([agent_key(agent.pk)] if agent else [])]
    known = _read(keys, known)
    company = _company_values.get(scope.company_id, known)
    layers = [
        (Level.AGENT, _agent_values.get(agent.pk, known) if agent else _NONE),
        (Level.QUEUE, company.get((scope.environment, queue_id), _NONE) if queue_id is not None else _NONE),
        (Level.ENVIRONMENT, company.get((scope.environment, None), _NONE) if scope.environment else _NONE),
        (Level.COMPANY, company.get((None, None), _NONE)),
    ]
    return EffectiveSettings([layer for layer in layers if layer[1]])


def resolve(
    setting: Setting[T],
    scope: Scoped,
    *,
    agent: Agent | None = None,
    queue_id: int | None = None,
    known: Versions | None = None,
) -> Resolved[T]:
    """Return one value and its level, as `settings_for` does."""
    return settings_for(scope, agent=agent, queue_id=queue_id, known=known).resolve(setting)


def stored_settings(scope: Scoped, *, agent: Agent | None = None, queue_id: int | None = None) -> EffectiveSettings:
    """Return the settings of a scope as the rows have them, own uncommitted changes included. One query.

    Raises ForeignOwnerError for an agent of another scope.
    """
    _check_agent(scope, agent)
    wide = Q(environment__isnull=True)
    if scope.environment is not None:
        wide |= Q(environment=scope.environment)
    wanted = Q(wide, queue__isnull=True, agent__isnull=True)
    if queue_id is not None:
        wanted |= Q(queue=queue_id, environment=scope.environment)
    if agent is not None:
        wanted |= Q(agent=agent)
    rows = SettingValue.objects.filter(wanted, company_id=scope.company_id)
    values: defaultdict[Level, dict[str, Any]] = defaultdict(dict)
    for environment, queue, agent_id, name, value in _valid(rows.values_list(*_COLUMNS)):
        values[_level(environment, queue, agent_id)][name] = value
    return EffectiveSettings([(level, values[level]) for level in reversed(Level) if level in values])


def _check_agent(scope: Scoped, agent: Agent | None) -> None:
    if agent is not None and (agent.company_id, agent.environment) != (scope.company_id, scope.environment):
        raise ForeignOwnerError


def _read(keys: Sequence[CacheKey], known: Versions | None) -> Versions | None:
    """Return versions that hold all keys, read in one trip; None while Redis is away, so that each cache asks again."""
    if known is not None and all(key in known for key in keys):
        return known
    try:
        return versions.read(keys)
    except redis.RedisError:
        return None


_COLUMNS = ("environment", "queue_id", "agent_id", "name", "value")
_Row = tuple[str | None, int | None, str | None, str, Any]


def _level(environment: str | None, queue_id: int | None, agent_id: str | None) -> Level:
    if agent_id is not None:
        return Level.AGENT
    if queue_id is not None:
        return Level.QUEUE
    return Level.COMPANY if environment is None else Level.ENVIRONMENT


def _valid(rows: Iterable[_Row]) -> Iterable[_Row]:
    """Yield the rows whose setting is declared and whose value is valid, with the value as Python.

    A release may drop a setting or narrow its bounds while rows remain; the wider level counts then.
    """
    for environment, queue_id, agent_id, name, stored in rows:
        setting = find_setting(name)
        if setting is None:
            continue
        try:
            value = setting.check(stored)
        except InvalidValueError:
            logger.warning("a stored value of a setting is not valid", extra={"setting": name})
            continue
        yield environment, queue_id, agent_id, name, value


def _load_company(company_id: int, _: Versions) -> Mapping[tuple[str | None, int | None], _Values]:
    """Return the values of a company by environment and queue."""
    rows = SettingValue.objects.filter(company_id=company_id, agent__isnull=True)
    values: defaultdict[tuple[str | None, int | None], dict[str, Any]] = defaultdict(dict)
    for environment, queue_id, _agent, name, value in _valid(rows.values_list(*_COLUMNS)):
        values[environment, queue_id][name] = value
    return dict(values)


def _load_agent(agent_id: str, _: Versions) -> _Values:
    rows = SettingValue.objects.filter(agent_id=agent_id)
    return {name: value for *_owner, name, value in _valid(rows.values_list(*_COLUMNS))}


_company_values: VersionedCache[int, Mapping[tuple[str | None, int | None], _Values]] = VersionedCache(
    size=MAX_COMPANIES, load=_load_company, depends_on=lambda company_id: (settings_key(company_id),)
)
# Apart from the company's, so that the change of one agent's own value makes nobody else's context stale.
_agent_values: VersionedCache[str, _Values] = VersionedCache(
    size=MAX_AGENTS, load=_load_agent, depends_on=lambda agent_id: (agent_key(agent_id),)
)
