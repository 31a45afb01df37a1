"""Debts are paid when Redis is back, and one made while another is paid is not forgotten."""

from __future__ import annotations

import time
from collections.abc import Collection

import redis

from freshness.owed import Owed


def wait_for(owed: Owed) -> None:
    deadline = time.monotonic() + 5
    while owed and time.monotonic() < deadline:
        time.sleep(0.01)


def test_it_tries_until_it_is_paid() -> None:
    tries: list[set[str]] = []

    def replace(topics: Collection[str]) -> None:
        tries.append(set(topics))
        if len(tries) < 3:
            raise redis.ConnectionError

    owed = Owed(replace)
    owed.add(["a", "b"])
    assert owed
    wait_for(owed)
    assert not owed
    assert tries[-1] == {"a", "b"}


def test_a_debt_made_while_another_is_paid_stays() -> None:
    paid: list[set[str]] = []

    def replace(topics: Collection[str]) -> None:
        paid.append(set(topics))
        if len(paid) == 1:
            owed.add(["a"])

    owed = Owed(replace)
    owed.add(["a"])
    wait_for(owed)
    assert paid[:2] == [{"a"}, {"a"}]
    assert not owed
