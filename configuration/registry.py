"""Declarations of settings.

Each app declares its own in `setting_declarations.py`, loaded at start:

    SLOTS = declare(
        Setting(
            name="desk.slots",
            type=Integer(min=0, max=1_000, unit="conversations"),
            default=FromDjango("AGENT_SLOTS"),
            levels=frozenset({Level.COMPANY, Level.ENVIRONMENT, Level.AGENT}),
            roles=frozenset({Role.ADMIN}),
            description="How many conversations an agent has at once.",
        )
    )

The declaration is all that a setting needs: storage, audit, caching, hints and the command `settings` go by it. What
has to happen when a value changes is a function in the app's `setting_effects.py`, marked `@after_change(SLOTS)`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from django.conf import settings as django_settings

from accounts.actors import Actor
from accounts.models import Role
from configuration.errors import (
    DuplicateSettingError,
    InvalidDeclarationError,
    InvalidValueError,
    UnknownSettingError,
)
from configuration.levels import Level, Owner
from configuration.value_types import ValueType

T = TypeVar("T")

MAX_NAME_LENGTH = 64
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


@dataclass(frozen=True, slots=True)
class FromDjango:
    """A default that the operator of the site chooses: the Django setting of this name."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Setting(Generic[T]):
    """One setting.

    `name` is dotted: the subject, then what is set of it, with its unit. `levels`: where it may be set. `roles`: who
    may change it; `Role.AGENT` allows agents to change their own value only. `description`: one sentence.
    """

    name: str
    type: ValueType[T]
    default: T | FromDjango
    levels: frozenset[Level]
    roles: frozenset[Role]
    description: str

    def default_value(self) -> T:
        """Return the value that counts where none is set."""
        if isinstance(self.default, FromDjango):
            return cast("T", getattr(django_settings, self.default.name))
        return self.default

    def check(self, value: object) -> T:
        """Return a valid value as its type has it. Raises InvalidValueError."""
        try:
            return self.type.check(value)
        except ValueError as error:
            raise InvalidValueError(self.name, f"must be {error}") from None

    def parse(self, text: str) -> T:
        """Return the value that a person wrote. Raises InvalidValueError."""
        try:
            return self.type.parse(text)
        except ValueError as error:
            raise InvalidValueError(self.name, f"must be {error}") from None


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one value. `before`, `after`: the owner's own value, None where there is none."""

    setting: Setting[Any]
    owner: Owner
    before: Any
    after: Any
    by: Actor


Effect = Callable[[Change], None]

_settings: dict[str, Setting[Any]] = {}
_effects: defaultdict[str, list[Effect]] = defaultdict(list)


def declare(setting: Setting[T]) -> Setting[T]:
    """Add a setting and return it. Raises DuplicateSettingError, InvalidDeclarationError, InvalidValueError."""
    if not _NAME.fullmatch(setting.name) or len(setting.name) > MAX_NAME_LENGTH:
        raise InvalidDeclarationError(f"{setting.name!r} is no name such as desk.slots")
    if setting.name in _settings:
        raise DuplicateSettingError(setting.name)
    if not setting.levels or not setting.roles:
        raise InvalidDeclarationError(f"{setting.name} needs levels and roles")
    if not setting.description.endswith("."):
        raise InvalidDeclarationError(f"{setting.name} needs a description that is a sentence")
    if not isinstance(setting.default, FromDjango):
        setting.check(setting.default)
    _settings[setting.name] = setting
    return setting


def setting_named(name: str) -> Setting[Any]:
    """Return the setting of this name. Raises UnknownSettingError."""
    try:
        return _settings[name]
    except KeyError:
        raise UnknownSettingError(name) from None


def find_setting(name: str) -> Setting[Any] | None:
    """Return the setting of this name; None where there is none, as after a release that dropped it."""
    return _settings.get(name)


def all_settings() -> list[Setting[Any]]:
    """Return all settings by name."""
    return [_settings[name] for name in sorted(_settings)]


def after_change(setting: Setting[Any]) -> Callable[[Effect], Effect]:
    """Call the function after each change of a value of the setting, in the transaction of the change."""

    def add(effect: Effect) -> Effect:
        _effects[setting.name].append(effect)
        return effect

    return add


def run_effects(change: Change) -> None:
    """Call what `after_change` added for the setting."""
    for effect in _effects[change.setting.name]:
        effect(change)
