"""RFC 3339 in, UTC to the microsecond out."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations import timestamps


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("2021-11-23T12:13:14.55Z", "2021-11-23T12:13:14.550000Z"),
        ("2021-11-23T12:13:14Z", "2021-11-23T12:13:14.000000Z"),
        ("2021-11-23t12:13:14z", "2021-11-23T12:13:14.000000Z"),
        ("2021-11-23T12:13:14", "2021-11-23T12:13:14.000000Z"),
        ("2021-11-23T12:13:14.123456789012Z", "2021-11-23T12:13:14.123456Z"),
        ("2021-11-23T01:13:14+02:30", "2021-11-22T22:43:14.000000Z"),
        ("2021-11-23T23:59:59-00:01", "2021-11-24T00:00:59.000000Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999999Z"),
        ("1900-01-01T00:00:00Z", "1900-01-01T00:00:00.000000Z"),
        ("2200-12-31T23:59:59-23:59", "2201-01-01T23:58:59.000000Z"),
    ],
)
def test_it_reads_and_renders(text: str, rendered: str) -> None:
    assert timestamps.render(timestamps.parse(text)) == rendered


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2021-11-23",
        "2021-11-23 12:13:14Z",
        "2021-02-30T00:00:00Z",
        "2021-11-23T24:00:00Z",
        "2021-11-23T12:13:61Z",
        "2021-11-23T12:13:14.Z",
        "2021-11-23T12:13:14.1234567890123Z",
        "2021-11-23T12:13:14+24:00",
        "2021-11-23T12:13:14+02",
        "0001-01-01T00:00:00Z",
        "1899-12-31T23:59:59Z",
        "2201-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "0000-01-01T00:00:00Z",
        "٢٠٢١-11-23T12:13:14Z",
        " 2021-11-23T12:13:14Z",
        "2021-11-23T12:13:14Z\n",
    ],
)
def test_it_refuses_the_rest(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        timestamps.parse(text)


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
def test_what_it_renders_it_reads_back(moment: datetime) -> None:
    assert timestamps.parse(timestamps.render(moment)) == moment


@given(st.text(max_size=40))
def test_no_text_is_more_than_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        timestamps.parse(text)
