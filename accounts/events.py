"""The channel-layer groups of agents and people, and the events for their open desks."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import transaction

from caching.channel_layer import send_hint


def agent_group(agent_id: str) -> str:
    """Return the group of all desks of an agent. Its event `agent.changed` asks them to reload the agent's state."""
    return f"agent.{agent_id}"


def login_group(user_id: int) -> str:
    """Return the group of all sockets of a person. Its event `login.changed` asks them to check their sessions."""
    return f"login.{user_id}"


def settings_group(company_id: int) -> str:
    """Return the group of all desks of a company. Its event `settings.changed` names settings that changed."""
    return f"settings.{company_id}"


def tell_agents_changed(agent_ids: Iterable[str | None]) -> None:
    """Send `agent.changed` to the desks of these agents when the open transaction commits."""
    for agent_id in filter(None, agent_ids):
        group = agent_group(agent_id)
        transaction.on_commit(lambda group=group: send_hint(group, {"type": "agent.changed"}))  # type: ignore[misc]


def tell_settings_changed(company_id: int, names: Collection[str], *, agent_id: str | None = None) -> None:
    """Send `settings.changed` when the open transaction commits: to the agent's desks, or to all of the company.

    `agent_id`: whose own values changed; None for values of the company, an environment or a queue.
    """
    group = settings_group(company_id) if agent_id is None else agent_group(agent_id)
    event = {"type": "settings.changed", "names": sorted(names), "own": agent_id is not None}
    transaction.on_commit(lambda: send_hint(group, event))


def tell_login_changed(user_id: int) -> None:
    """Send `login.changed` to the person's sockets when the open transaction commits."""
    transaction.on_commit(lambda: send_hint(login_group(user_id), {"type": "login.changed"}))
