"""Errors of declarations, values and changes of settings."""

from __future__ import annotations


class SettingError(Exception):
    """Base of the errors of this room. The text is for whoever asked for the change."""


class InvalidDeclarationError(SettingError):
    """A declaration that cannot be used: its name, levels, description or default."""


class DuplicateSettingError(SettingError):
    """Two declarations have the same name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"setting {name!r} is declared twice")


class UnknownSettingError(SettingError):
    """No setting has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no setting {name!r}")


class InvalidValueError(SettingError):
    """The value has the wrong type or is out of bounds."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")


class LevelNotAllowedError(SettingError):
    """The setting cannot be set at this level."""

    def __init__(self, name: str, level: str) -> None:
        super().__init__(f"{name} cannot be set for one {level}")


class ForeignOwnerError(SettingError):
    """The queue, the agent or the actor belongs to another company or, an agent, to another environment."""

    def __init__(self) -> None:
        super().__init__("the queue, the agent or the actor belongs to another company or environment")


class ChangeNotAllowedError(SettingError):
    """The person has no role that may change the setting at this level."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}: your roles do not allow this change")
