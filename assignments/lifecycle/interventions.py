"""Audit entries of transitions. What agents, customers and the desk do is in the events; no entry repeats it."""

from __future__ import annotations

from accounts.actors import Actor, record
from accounts.audit_facts import Facts
from accounts.models import ActorKind, Agent
from conversations.models import Conversation


def record_intervention(
    by: Actor, action: str, conversation: Conversation, *, agent: Agent | None = None, facts: Facts | None = None
) -> None:
    """Write an audit entry where a person acted on a conversation that is not their own.

    `agent`: who has, had or gets the conversation; an agent who acts on their own leaves no entry. `facts`: what
    it came to.
    """
    if by.kind != ActorKind.USER or (agent is not None and str(agent.user_id) == by.id):
        return
    record(by, action, conversation, after=facts)
