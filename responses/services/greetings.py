from __future__ import annotations

from django.db import transaction

from accounts.actors import Actor, record
from accounts.audit_facts import text_facts
from accounts.models import Agent
from accounts.selectors import agent_key
from caching import versions
from responses.models import AgentGreeting


@transaction.atomic
def set_greeting_texts(*, by: Actor, agent: Agent, generic: str | None, named: str | None) -> AgentGreeting:
    """Set the agent's own greeting texts; None goes back to the company's default."""
    before = _before(agent)
    greeting, _ = AgentGreeting.objects.update_or_create(
        agent=agent, defaults={"generic_text": generic, "named_text": named}
    )
    was = text_facts(generic=before.generic_text, named=before.named_text) if before else None
    record(by, "greeting.texts_changed", greeting, before=was, after=text_facts(generic=generic, named=named))
    versions.invalidate([agent_key(agent.pk)])
    return greeting


@transaction.atomic
def set_greetings_enabled(*, by: Actor, agent: Agent, enabled: bool) -> AgentGreeting:
    """Switch the greetings of one agent on or off."""
    before = _before(agent)
    greeting, _ = AgentGreeting.objects.update_or_create(agent=agent, defaults={"enabled": enabled})
    was = {"enabled": before.enabled if before else None}
    record(by, "greeting.switched", greeting, before=was, after={"enabled": enabled})
    versions.invalidate([agent_key(agent.pk)])
    return greeting


def _before(agent: Agent) -> AgentGreeting | None:
    return AgentGreeting.objects.select_for_update().filter(agent=agent).first()
