"""The types of settings: which values are valid, how a person writes one, and how one is stored.

A type raises ValueError with a reason; `configuration.registry` adds the name of the setting.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")
# What a row stores.
Scalar: TypeAlias = bool | int | float | str

_ON, _OFF = {"on", "true", "yes"}, {"off", "false", "no"}


class ValueType(ABC, Generic[T]):
    """The values of a setting, each as Python and as JSON."""

    @abstractmethod
    def check(self, value: object) -> T:
        """Return a value that came from code or from JSON as Python. Raises ValueError."""

    @abstractmethod
    def parse(self, text: str) -> T:
        """Return the value that a person wrote. Raises ValueError."""

    @property
    @abstractmethod
    def bounds(self) -> str:
        """Which values are valid, in words."""

    def to_json(self, value: T) -> Scalar:
        """Return how the value is stored."""
        if not isinstance(value, bool | int | float | str):
            raise TypeError(f"{type(value).__name__} is no JSON scalar")
        return value

    def to_text(self, value: T) -> str:
        """Return the value as `parse` reads it."""
        return str(value)

    def to_audit(self, value: T) -> Scalar:
        """Return what an audit entry holds of the value."""
        return self.to_json(value)


class Boolean(ValueType[bool]):
    """On or off."""

    def check(self, value: object) -> bool:
        if not isinstance(value, bool):
            raise ValueError(self.bounds)
        return value

    def parse(self, text: str) -> bool:
        word = text.strip().lower()
        if word not in _ON | _OFF:
            raise ValueError(self.bounds)
        return word in _ON

    @property
    def bounds(self) -> str:
        return "on or off"

    def to_text(self, value: bool) -> str:
        return "on" if value else "off"


@dataclass(frozen=True, slots=True)
class Integer(ValueType[int]):
    """A whole number from `min` to `max`, both included, of `unit`."""

    min: int
    max: int
    unit: str

    def check(self, value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not self.min <= value <= self.max:
            raise ValueError(f"a whole number of {self.bounds}")
        return value

    def parse(self, text: str) -> int:
        try:
            return self.check(int(text))
        except ValueError:
            raise ValueError(f"a whole number of {self.bounds}") from None

    @property
    def bounds(self) -> str:
        return f"{self.unit} from {self.min} to {self.max}"


@dataclass(frozen=True, slots=True)
class Text(ValueType[str]):
    """A text of at most `max_length` characters; "" is a value, too."""

    max_length: int

    def check(self, value: object) -> str:
        if not isinstance(value, str) or len(value) > self.max_length:
            raise ValueError(self.bounds)
        # PostgreSQL stores no null characters, and neither engine half of a pair of surrogates.
        if "\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
            raise ValueError("a text without null characters and lone surrogates")
        return value

    def parse(self, text: str) -> str:
        return self.check(text)

    @property
    def bounds(self) -> str:
        return f"a text of at most {self.max_length} characters"

    def to_audit(self, value: str) -> str:
        """Return the length only: texts are sent to customers, and the audit log holds no message text."""
        return f"text of {len(value)} characters"


class Percentage(ValueType[Decimal]):
    """A share from 0 to 100 with at most two decimals."""

    def check(self, value: object) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise ValueError(self.bounds)
        return self.parse(str(value))

    def parse(self, text: str) -> Decimal:
        try:
            share = Decimal(text.strip().removesuffix("%"))
        except InvalidOperation:
            raise ValueError(self.bounds) from None
        if not share.is_finite() or not 0 <= share <= 100 or share != round(share, 2):
            raise ValueError(self.bounds)
        return round(share, 2)

    @property
    def bounds(self) -> str:
        return "a percentage from 0 to 100 with at most two decimals"

    def to_json(self, value: Decimal) -> float:
        return float(value)


@dataclass(frozen=True, slots=True)
class Choice(ValueType[str]):
    """One of `options`."""

    options: tuple[str, ...]

    def check(self, value: object) -> str:
        if not isinstance(value, str) or value not in self.options:
            raise ValueError(self.bounds)
        return value

    def parse(self, text: str) -> str:
        return self.check(text.strip())

    @property
    def bounds(self) -> str:
        return f"one of {', '.join(self.options)}"
