"""Token buckets: a steady rate, and a burst after a pause."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations import rates
from conversations.rates import Rate, TokenBucket

Clock = Callable[[float], None]


class FakeTime:
    """`time` with a clock that a test turns."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    fake = FakeTime()
    monkeypatch.setattr(rates, "time", fake)
    return fake


def taken(bucket: TokenBucket, tries: int) -> int:
    return sum(bucket.take() for _ in range(tries))


def test_a_new_bucket_gives_its_burst_and_no_more(clock: FakeTime) -> None:  # noqa: ARG001
    assert taken(TokenBucket(Rate(per_second=1, burst=5)), 10) == 5


def test_time_fills_it_at_the_rate(clock: FakeTime) -> None:
    bucket = TokenBucket(Rate(per_second=2, burst=5))
    taken(bucket, 5)
    clock.now += 1.4
    assert taken(bucket, 10) == 2
    clock.now += 0.2  # 0.8 were left over
    assert taken(bucket, 10) == 1


def test_a_long_pause_gives_no_more_than_the_burst(clock: FakeTime) -> None:
    bucket = TokenBucket(Rate(per_second=100, burst=3))
    clock.now += 3600
    assert taken(bucket, 10) == 3


def test_a_refused_take_costs_nothing(clock: FakeTime) -> None:
    bucket = TokenBucket(Rate(per_second=1, burst=5))
    assert bucket.take(4)
    assert not bucket.take(2)
    assert not bucket.take(1.5)
    assert bucket.take(1)
    clock.now += 1
    assert bucket.take(1)


def test_more_than_the_burst_can_never_be_taken(clock: FakeTime) -> None:
    bucket = TokenBucket(Rate(per_second=1, burst=5))
    clock.now += 1000
    assert not bucket.take(5.1)
    assert bucket.take(5)


def test_it_is_full_until_a_token_is_taken_and_again_after_the_pause(clock: FakeTime) -> None:
    bucket = TokenBucket(Rate(per_second=4, burst=2))
    assert bucket.is_full
    bucket.take()
    assert not bucket.is_full
    clock.now += 0.25
    assert bucket.is_full


@given(
    st.sampled_from([0.5, 1.0, 8.0]),
    st.sampled_from([1.0, 3.0, 10.0]),
    st.lists(st.tuples(st.sampled_from([0.0, 0.125, 0.5, 2.0, 64.0]), st.integers(0, 12)), max_size=30),
)
def test_no_order_of_takes_beats_the_burst_and_the_rate(
    per_second: float, burst: float, steps: list[tuple[float, int]]
) -> None:
    fake = FakeTime()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rates, "time", fake)
        bucket = TokenBucket(Rate(per_second, burst))
        begun, total = fake.now, 0
        for pause, tries in steps:
            fake.now += pause
            total += taken(bucket, tries)
            assert total <= burst + (fake.now - begun) * per_second + 1e-6


@given(st.lists(st.sampled_from([0.25, 0.5, 1.0, 2.0]), min_size=1, max_size=40))
def test_who_keeps_to_the_rate_is_never_refused(pauses: list[float]) -> None:
    fake = FakeTime()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rates, "time", fake)
        bucket = TokenBucket(Rate(per_second=4, burst=1))
        assert bucket.take()
        for pause in pauses:
            fake.now += pause
            assert bucket.take()
