"""Months as ranges of ULIDs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from ulid import ULID

_TIME_LENGTH, _RANDOM_LENGTH = 10, 16


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month in UTC."""

    year: int
    number: int

    @classmethod
    def of(cls, moment: datetime) -> Month:
        moment = moment.astimezone(UTC)
        return cls(moment.year, moment.month)

    @classmethod
    def of_ulid(cls, id_: str) -> Month:
        """Return the month in which the id was made."""
        return cls.of(ULID.from_str(id_).datetime)

    def next(self) -> Month:
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def start(self) -> datetime:
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    @property
    def first_ulid(self) -> str:
        """The lowest ULID of the month: the range of the month ends before the lowest of the next one."""
        return lowest_ulid(self.start)

    def __str__(self) -> str:
        return f"y{self.year:04d}m{self.number:02d}"


def lowest_ulid(moment: datetime) -> str:
    """Return the lowest ULID of a moment, which need not be anybody's id."""
    return str(ULID.from_timestamp(max(moment.timestamp(), 0.0)))[:_TIME_LENGTH] + "0" * _RANDOM_LENGTH


def months_between(first: Month, last: Month) -> Iterator[Month]:
    """Yield the months from `first` to `last`, both included."""
    month = first
    while month <= last:
        yield month
        month = month.next()
