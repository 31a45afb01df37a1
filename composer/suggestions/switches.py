"""Switches features on and off. Open desks follow from their next keystroke on."""

from __future__ import annotations

from accounts.actors import Actor
from accounts.models import Agent, Queue
from composer.models import Feature
from composer.setting_declarations import FEATURE_SETTINGS
from configuration.levels import Owner
from configuration.services import clear_setting, set_setting
from conversations.selectors import Scope


def switch_feature(*, by: Actor, scope: Scope, feature: Feature, on: bool, whose: Queue | Agent | None = None) -> None:
    """Switch the feature for an agent, for a queue or, where `whose` is None, for the environment.

    An agent's switch overrides the queue's, and the queue's overrides the environment's. Raises ForeignOwnerError.
    """
    set_setting(by=by, owner=_owner(scope, whose), setting=FEATURE_SETTINGS[feature], value=on)


def clear_feature_switch(*, by: Actor, scope: Scope, feature: Feature, whose: Queue | Agent | None = None) -> bool:
    """Remove the switch, so that the wider one counts. Return whether there was one. Raises ForeignOwnerError."""
    return clear_setting(by=by, owner=_owner(scope, whose), setting=FEATURE_SETTINGS[feature]) is not None


def _owner(scope: Scope, whose: Queue | Agent | None) -> Owner:
    return Owner(
        scope.company_id,
        scope.environment,
        queue=whose if isinstance(whose, Queue) else None,
        agent=whose if isinstance(whose, Agent) else None,
    )
