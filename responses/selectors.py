"""Reads of response lists and greetings, and the cache keys of the lists."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Agent
from caching.versions import CacheKey, cache_key
from conversations.selectors import Scope
from responses.models import AgentGreeting, Deployment, GreetingDefaults, ListVersion


def list_key(scope: Scope) -> CacheKey:
    """Return the cache key of the deployed global list, the metadata dictionary and the company's defaults."""
    return cache_key("list", f"{scope.company_id}:{scope.environment}")


def deployed_version(scope: Scope) -> ListVersion | None:
    """Return the version that the environment uses now; None before the first deployment."""
    row = (
        Deployment.objects.filter(company_id=scope.company_id, environment=scope.environment)
        .select_related("version")
        .first()
    )
    return row.version if row else None


def find_agent(scope: Scope, external_id: str) -> Agent | None:
    """Return the agent of this external id; None if no call has mentioned it yet."""
    return Agent.objects.filter(
        company_id=scope.company_id, environment=scope.environment, external_id=external_id
    ).first()


@dataclass(frozen=True, slots=True)
class GreetingRules:
    """The auto-pilot greeting of an agent: the text without and with the customer's name, and the timers."""

    generic: str
    named: str
    trigger_after_seconds: int
    delay_seconds: int


def greeting_rules(scope: Scope, agent: Agent) -> GreetingRules | None:
    """Return the agent's own rules over the company's; None where the company or the agent switched greetings off.

    At most two queries.
    """
    defaults = GreetingDefaults.objects.filter(company_id=scope.company_id, enabled=True).first()
    if defaults is None:
        return None
    own = AgentGreeting.objects.filter(agent=agent).first()
    if own is not None and own.enabled is False:
        return None
    return GreetingRules(*_texts(defaults, own), defaults.trigger_after_seconds, defaults.delay_seconds)


def greeting_texts(scope: Scope, agent: Agent | None) -> tuple[str, str]:
    """Return the generic and the named greeting of an agent: the agent's own, else the company's defaults."""
    defaults = GreetingDefaults.objects.filter(company_id=scope.company_id).first()
    own = AgentGreeting.objects.filter(agent=agent).first() if agent else None
    return _texts(defaults, own)


def _texts(defaults: GreetingDefaults | None, own: AgentGreeting | None) -> tuple[str, str]:
    generic = defaults.generic_text if defaults else ""
    named = defaults.named_text if defaults else ""
    if own and own.generic_text is not None:
        generic = own.generic_text
    if own and own.named_text is not None:
        named = own.named_text
    return generic, named


def agent_greets(scope: Scope, agent: Agent | None) -> bool:
    """Return the agent's own switch, or the company's where the agent never chose."""
    own = AgentGreeting.objects.filter(agent=agent).first() if agent else None
    return own.enabled if own and own.enabled is not None else company_greets(scope)


def company_greets(scope: Scope) -> bool:
    """Return the company's switch: off means that auto-pilot greets nobody."""
    return GreetingDefaults.objects.filter(company_id=scope.company_id, enabled=True).exists()
