from __future__ import annotations

from accounts.actors import Actor
from accounts.models import Agent
from configuration.levels import Owner
from configuration.services import set_setting, set_settings
from responses.setting_declarations import GENERIC_TEXT, GREETS, NAMED_TEXT


def set_greeting_texts(*, by: Actor, agent: Agent, generic: str | None, named: str | None) -> None:
    """Set the agent's own greeting texts; None goes back to the company's."""
    set_settings(by=by, owner=Owner.of_agent(agent), values={GENERIC_TEXT: generic, NAMED_TEXT: named})


def set_greetings_enabled(*, by: Actor, agent: Agent, enabled: bool) -> None:
    """Switch the greetings of one agent on or off."""
    set_setting(by=by, owner=Owner.of_agent(agent), setting=GREETS, value=enabled)


def set_greetings(*, by: Actor, agent: Agent, enabled: bool, generic: str | None, named: str | None) -> None:
    """Set the agent's switch and texts, all or none."""
    set_settings(by=by, owner=Owner.of_agent(agent), values={GREETS: enabled, GENERIC_TEXT: generic, NAMED_TEXT: named})
