"""Which features are on for an agent: agent over queue over environment over company. Without a switch one is on."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Agent
from caching.versions import Versions
from composer.models import Feature
from composer.setting_declarations import CONTROL_GROUP_PERCENT, FEATURE_SETTINGS
from composer.suggestions.control_group import is_in_control_group
from configuration.levels import Level
from configuration.selectors import EffectiveSettings, settings_for
from conversations.selectors import Scope


@dataclass(frozen=True, slots=True)
class Features:
    """True means on. `autocompose` off (the control group) switches all others off for the agent's composer."""

    suggestions_while_typing: bool = True
    phrase_completions: bool = True
    spellcheck: bool = True
    autopilot_greetings: bool = True
    autocompose: bool = True

    def allow_replies(self, *, is_typed: bool) -> bool:
        """May replies be shown? `is_typed`: there is text in the composer."""
        return self.autocompose and (self.suggestions_while_typing or not is_typed)

    @property
    def allow_phrase(self) -> bool:
        return self.autocompose and self.phrase_completions

    @property
    def allow_correction(self) -> bool:
        return self.autocompose and self.spellcheck

    @property
    def allow_greeting(self) -> bool:
        return self.autocompose and self.autopilot_greetings


def features_for(
    scope: Scope, agent: Agent | None, queue_id: int | None = None, known: Versions | None = None, external_id: str = ""
) -> Features:
    """Return the features of an agent in a queue. `known`: versions that the caller has just read.

    `external_id`: of an agent whom no call has mentioned yet; it decides on the control group before there is a row.
    """
    return features_in(settings_for(scope, agent=agent, queue_id=queue_id, known=known), scope, agent, external_id)


def features_in(settings: EffectiveSettings, scope: Scope, agent: Agent | None, external_id: str = "") -> Features:
    """Return the features that these settings of an agent mean."""
    switches = {feature.value: settings[setting] for feature, setting in FEATURE_SETTINGS.items()}
    # The agent's own switch decides before the control group does.
    if settings.resolve(FEATURE_SETTINGS[Feature.AUTOCOMPOSE]).level != Level.AGENT:
        name = agent.external_id if agent is not None else external_id
        if name and is_in_control_group(scope.company_id, name, settings[CONTROL_GROUP_PERCENT]):
            switches[Feature.AUTOCOMPOSE.value] = False
    return Features(**switches)
