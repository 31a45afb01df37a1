"""Reads of the response lists, and the topics that kept copies of them are checked by."""

from __future__ import annotations

from accounts.models import Agent
from conversations.selectors import Scope
from freshness.stamps import Topic, topic
from responses.models import AgentGreeting, Deployment, GreetingDefaults, ListVersion


def list_topic(scope: Scope) -> Topic:
    """The deployed global list, the metadata dictionary and the company's defaults."""
    return topic("list", f"{scope.company_id}:{scope.environment}")


def deployed_version(scope: Scope) -> ListVersion | None:
    """The version that the environment uses now."""
    row = (
        Deployment.objects.filter(company_id=scope.company_id, environment=scope.environment)
        .select_related("version")
        .first()
    )
    return row.version if row else None


def find_agent(scope: Scope, external_id: str) -> Agent | None:
    """The agent of this external id, if one was ever mentioned."""
    return Agent.objects.filter(
        company_id=scope.company_id, environment=scope.environment, external_id=external_id
    ).first()


def greeting_texts(scope: Scope, agent: Agent | None) -> tuple[str, str]:
    """The generic and the named greeting of an agent: the agent's own, else the company's defaults."""
    defaults = GreetingDefaults.objects.filter(company_id=scope.company_id).first()
    own = AgentGreeting.objects.filter(agent=agent).first() if agent else None
    generic = defaults.generic_text if defaults else ""
    named = defaults.named_text if defaults else ""
    if own and own.generic_text is not None:
        generic = own.generic_text
    if own and own.named_text is not None:
        named = own.named_text
    return generic, named


def agent_greets(scope: Scope, agent: Agent | None) -> bool:
    """The agent's own switch; as the company has it where the agent never chose."""
    own = AgentGreeting.objects.filter(agent=agent).first() if agent else None
    return own.enabled if own and own.enabled is not None else company_greets(scope)


def company_greets(scope: Scope) -> bool:
    """The company's switch: off means that nobody is greeted by auto-pilot."""
    return GreetingDefaults.objects.filter(company_id=scope.company_id, enabled=True).exists()
