"""The groups of people: what their open desks are told."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from caching.channel_layer import send_hint


def agent_group(agent_id: str) -> str:
    """All desks of an agent. `agent.changed`: look again at what the agent has."""
    return f"agent.{agent_id}"


def login_group(user_id: int) -> str:
    """All sockets of a person. `login.changed`: look again whether the session still holds."""
    return f"login.{user_id}"


def tell_agents_changed(agent_ids: Iterable[str | None]) -> None:
    """Tell the desks of these agents, when the open transaction commits, that they have other conversations."""
    for agent_id in filter(None, agent_ids):
        group = agent_group(agent_id)
        transaction.on_commit(lambda group=group: send_hint(group, {"type": "agent.changed"}))  # type: ignore[misc]


def tell_login_changed(user_id: int) -> None:
    """Tell it when the open transaction commits."""
    transaction.on_commit(lambda: send_hint(login_group(user_id), {"type": "login.changed"}))
