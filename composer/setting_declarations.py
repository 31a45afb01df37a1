"""The settings of this room (`configuration.registry`): features of the composer, and what suggestions learn from."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from accounts.models import Role
from composer.models import Feature
from configuration.levels import ALL_LEVELS, COMPANY_LEVELS
from configuration.registry import Setting, declare
from configuration.value_types import Boolean, Percentage

_ADMINS = frozenset({Role.ADMIN})


def _feature(name: str, description: str) -> Setting[bool]:
    """Declare a feature of the composer. Without a value it is on."""
    return declare(Setting(name, Boolean(), True, ALL_LEVELS, _ADMINS, description))


FEATURE_SETTINGS: Mapping[Feature, Setting[bool]] = {
    Feature.SUGGESTIONS_WHILE_TYPING: _feature(
        "autocompose.suggestions_while_typing", "Whether replies are suggested while the agent types."
    ),
    Feature.PHRASE_COMPLETIONS: _feature("autocompose.phrase_completions", "Whether phrases are finished in line."),
    Feature.SPELLCHECK: _feature("autocompose.spellcheck", "Whether spelling is corrected."),
    Feature.AUTOPILOT_GREETINGS: _feature(
        "autocompose.autopilot_greetings", "Whether greetings that are switched on are sent."
    ),
    Feature.AUTOCOMPOSE: _feature("autocompose.enabled", "Whether the composer helps at all."),
}
CONTROL_GROUP_PERCENT = declare(
    Setting(
        name="autocompose.control_group_percent",
        type=Percentage(),
        default=Decimal(0),
        levels=COMPANY_LEVELS,
        roles=_ADMINS,
        description="The share of agents who work without help of the composer, as the control group.",
    )
)
FROM_TRANSCRIPTS = declare(
    Setting(
        name="suggestions.from_transcripts",
        type=Boolean(),
        default=True,
        levels=COMPANY_LEVELS,
        roles=_ADMINS,
        description="Whether replies and phrases are offered that the company's agents often say.",
    )
)
