from __future__ import annotations

from django.db import transaction

from accounts.actors import Actor, record
from accounts.models import Agent
from accounts.selectors import agent_key
from caching import versions
from responses.models import AgentGreeting


@transaction.atomic
def set_greeting_texts(*, by: Actor, agent: Agent, generic: str | None, named: str | None) -> AgentGreeting:
    """Set the agent's own greeting texts; None goes back to the company's default."""
    greeting, _ = AgentGreeting.objects.update_or_create(
        agent=agent, defaults={"generic_text": generic, "named_text": named}
    )
    record(by, "greeting.texts_changed", greeting)
    versions.invalidate([agent_key(agent.pk)])
    return greeting


@transaction.atomic
def set_greetings_enabled(*, by: Actor, agent: Agent, enabled: bool) -> AgentGreeting:
    """Switch the greetings of one agent on or off."""
    greeting, _ = AgentGreeting.objects.update_or_create(agent=agent, defaults={"enabled": enabled})
    record(by, "greeting.switched", greeting, detail="on" if enabled else "off")
    versions.invalidate([agent_key(agent.pk)])
    return greeting
