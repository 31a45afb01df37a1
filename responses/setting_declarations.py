"""The settings of this room (`configuration.registry`): auto-pilot greetings.

Source: seed autocompose__feature-releases__auto-pilot-greetings-for-autocompose (10 to 15 s recommended).
"""

from __future__ import annotations

from accounts.models import Role
from configuration.levels import COMPANY_LEVELS, Level
from configuration.registry import Setting, declare
from configuration.value_types import Boolean, Integer, Text
from responses.models import MAX_TEXT_LENGTH

MAX_WAIT_S = 3600

GREETS = declare(
    Setting(
        name="greetings.enabled",
        type=Boolean(),
        default=False,
        levels=COMPANY_LEVELS | {Level.AGENT},
        roles=frozenset({Role.ADMIN, Role.AGENT}),
        description="Whether auto-pilot greets customers; it greets nobody where the company has it off.",
    )
)
GENERIC_TEXT = declare(
    Setting(
        name="greetings.generic_text",
        type=Text(max_length=MAX_TEXT_LENGTH),
        default="Hello, thanks for getting in touch. I’m here to help.",
        levels=COMPANY_LEVELS | {Level.AGENT},
        roles=frozenset({Role.ADMIN, Role.AGENT}),
        description="The greeting for a customer whose name is not known.",
    )
)
NAMED_TEXT = declare(
    Setting(
        name="greetings.named_text",
        type=Text(max_length=MAX_TEXT_LENGTH),
        default="Hello {NAME}, thanks for getting in touch. I’m here to help.",
        levels=COMPANY_LEVELS | {Level.AGENT},
        roles=frozenset({Role.ADMIN, Role.AGENT}),
        description="The greeting for a customer whose name is known, with an insert for the name.",
    )
)
TRIGGER_AFTER_S = declare(
    Setting(
        name="greetings.trigger_after_seconds",
        type=Integer(min=0, max=MAX_WAIT_S, unit="seconds"),
        default=0,
        levels=COMPANY_LEVELS,
        roles=frozenset({Role.ADMIN}),
        description="How long after the assignment the preview of the greeting shows.",
    )
)
DELAY_S = declare(
    Setting(
        name="greetings.delay_seconds",
        type=Integer(min=0, max=MAX_WAIT_S, unit="seconds"),
        default=12,
        levels=COMPANY_LEVELS,
        roles=frozenset({Role.ADMIN}),
        description="How long the preview counts down before the greeting is sent.",
    )
)
