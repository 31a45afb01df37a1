"""The settings of this room (`configuration.registry`)."""

from __future__ import annotations

from accounts.models import Role
from configuration.levels import COMPANY_LEVELS, Level
from configuration.registry import FromDjango, Setting, declare
from configuration.value_types import Boolean, Integer

SLOTS = declare(
    Setting(
        name="desk.slots",
        type=Integer(min=0, max=1_000, unit="conversations"),
        default=FromDjango("AGENT_SLOTS"),
        levels=COMPANY_LEVELS | {Level.AGENT},
        roles=frozenset({Role.ADMIN, Role.SUPERVISOR}),
        description="How many conversations an agent has at once.",
    )
)
FIRST_REPLY_S = declare(
    Setting(
        name="desk.first_reply_seconds",
        type=Integer(min=0, max=7 * 24 * 3600, unit="seconds"),
        default=FromDjango("FIRST_REPLY_S"),
        levels=COMPANY_LEVELS,
        roles=frozenset({Role.ADMIN}),
        description="After how long an unanswered conversation goes to the next agent; 0 for never.",
    )
)
ASKS_WRAP_UP = declare(
    Setting(
        name="desk.asks_wrap_up",
        type=Boolean(),
        default=True,
        levels=COMPANY_LEVELS,
        roles=frozenset({Role.ADMIN}),
        description="Whether agents give the outcome of a conversation that somebody else ended.",
    )
)
