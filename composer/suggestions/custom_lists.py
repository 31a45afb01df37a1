"""Each agent's own responses: they change seldom, and every conversation of the agent needs them."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from accounts.models import Agent
from accounts.selectors import agent_key
from caching.cache import VersionedCache
from caching.versions import Versions
from composer.suggestions.list_index import index_of
from responses.engine.quicksearch import QuickSearch
from responses.lists import LoadedList, load_custom_list


@dataclass(frozen=True)
class CustomList:
    """An agent's own list. Its index is made by the first search."""

    listed: LoadedList

    @functools.cached_property
    def index(self) -> QuickSearch:
        return index_of(self.listed)


def _load(agent: Agent, _: Versions) -> CustomList:
    return CustomList(load_custom_list(agent))


custom_lists: VersionedCache[Agent, CustomList] = VersionedCache(
    size=1000, load=_load, depends_on=lambda agent: (agent_key(agent.pk),)
)
