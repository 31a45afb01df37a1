"""Months as ranges of ids."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from accounts.ids import ulid_at
from partitioning.months import Month, lowest_ulid, months_between


def test_a_month_holds_the_ids_made_in_it_and_no_others() -> None:
    month = Month(2026, 12)
    first, next_ = month.first_ulid, month.next().first_ulid
    start = datetime(2026, 12, 1, tzinfo=UTC)
    assert first <= ulid_at(start) < next_
    assert first <= ulid_at(datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)) < next_
    assert ulid_at(start - timedelta(milliseconds=1)) < first
    assert ulid_at(datetime(2027, 1, 1, tzinfo=UTC)) >= next_


@pytest.mark.parametrize(("month", "following"), [((2026, 11), (2026, 12)), ((2026, 12), (2027, 1))])
def test_the_next_month(month: tuple[int, int], following: tuple[int, int]) -> None:
    assert Month(*month).next() == Month(*following)


def test_months_are_those_of_utc() -> None:
    late = datetime.fromisoformat("2026-12-01T00:30:00+01:00")
    assert Month.of(late) == Month(2026, 11)
    assert Month.of_ulid(ulid_at(late)) == Month(2026, 11)


def test_the_months_between_two() -> None:
    assert [str(month) for month in months_between(Month(2026, 11), Month(2027, 1))] == [
        "y2026m11",
        "y2026m12",
        "y2027m01",
    ]


def test_moments_before_ulids_have_the_first_one() -> None:
    assert lowest_ulid(datetime(1969, 1, 1, tzinfo=UTC)) == "0" * 26
