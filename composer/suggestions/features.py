"""Which features are on for an agent: agent over queue over company. A feature without a switch is on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from accounts.models import Agent
from caching.cache import VersionedCache
from caching.versions import CacheKey, Versions, cache_key
from composer.models import Feature, FeatureSwitch
from conversations.selectors import Scope


def features_key(scope: Scope) -> CacheKey:
    """The switches of a scope: of the company, its queues and its agents."""
    return cache_key("features", f"{scope.company_id}:{scope.environment}")


@dataclass(frozen=True, slots=True)
class Features:
    """True means on. `autocompose` off (the control group) switches all others off for the agent's composer."""

    suggestions_while_typing: bool = True
    phrase_completions: bool = True
    spellcheck: bool = True
    autopilot_greetings: bool = True
    autocompose: bool = True

    def allow_replies(self, *, is_typed: bool) -> bool:
        """May replies be shown? `is_typed`: there is text in the composer."""
        return self.autocompose and (self.suggestions_while_typing or not is_typed)

    @property
    def allow_phrase(self) -> bool:
        return self.autocompose and self.phrase_completions

    @property
    def allow_correction(self) -> bool:
        return self.autocompose and self.spellcheck

    @property
    def allow_greeting(self) -> bool:
        return self.autocompose and self.autopilot_greetings


class _Subject(NamedTuple):
    """Whom a switch is for: an agent, a queue, or (both None) the company."""

    agent_id: str | None
    queue_id: int | None


_Switches = Mapping[_Subject, Sequence[tuple[str, bool]]]


def _load(scope: Scope, _: Versions) -> _Switches:
    switches: defaultdict[_Subject, list[tuple[str, bool]]] = defaultdict(list)
    for row in FeatureSwitch.objects.filter(company_id=scope.company_id, environment=scope.environment):
        switches[_Subject(row.agent_id, row.queue_id)].append((Feature(row.feature).value, row.enabled))
    return dict(switches)


_switches: VersionedCache[Scope, _Switches] = VersionedCache(
    size=64, load=_load, depends_on=lambda scope: (features_key(scope),)
)


def features_for(
    scope: Scope, agent: Agent | None, queue_id: int | None = None, known: Versions | None = None
) -> Features:
    """Return the features of an agent in a queue. `known`: versions that the caller has just read."""
    switches = _switches.get(scope, known)
    subjects = [_Subject(None, None)]
    if queue_id is not None:
        subjects.append(_Subject(None, queue_id))
    if agent is not None:
        subjects.append(_Subject(agent.pk, None))
    return Features(**dict(switch for subject in subjects for switch in switches.get(subject, ())))
