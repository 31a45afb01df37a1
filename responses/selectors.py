"""Reads of response lists and greetings, and the cache keys of the lists."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Agent
from caching.versions import CacheKey, cache_key
from configuration.levels import Level
from configuration.selectors import EffectiveSettings, stored_settings
from conversations.selectors import Scope
from responses.models import Deployment, ListVersion
from responses.setting_declarations import DELAY_S, GENERIC_TEXT, GREETS, NAMED_TEXT, TRIGGER_AFTER_S


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


def rules_in(settings: EffectiveSettings) -> GreetingRules | None:
    """Return the rules in an agent's settings; None where the company or the agent switched greetings off."""
    if not settings[GREETS] or not settings.without(Level.AGENT)[GREETS]:
        return None
    return GreetingRules(settings[GENERIC_TEXT], settings[NAMED_TEXT], settings[TRIGGER_AFTER_S], settings[DELAY_S])


def greeting_rules(scope: Scope, agent: Agent) -> GreetingRules | None:
    """Return the agent's own rules over the company's; None where either switched greetings off. One query."""
    return rules_in(stored_settings(scope, agent=agent))


def greeting_texts(scope: Scope, agent: Agent | None) -> tuple[str, str]:
    """Return the generic and the named greeting: the agent's own, else the company's. One query."""
    settings = stored_settings(scope, agent=agent)
    return settings[GENERIC_TEXT], settings[NAMED_TEXT]


def agent_greets(scope: Scope, agent: Agent | None) -> bool:
    """Return the agent's own switch, or the company's where the agent never chose. One query."""
    return stored_settings(scope, agent=agent)[GREETS]


def company_greets(scope: Scope) -> bool:
    """Return the company's switch: off means that auto-pilot greets nobody. One query."""
    return stored_settings(scope)[GREETS]
