"""What may be learned from messages: only what several customers were told (k-anonymity).

Masking removes what looks like an entity. A password in a sentence, a nickname or the name of a network looks like any
other word; only the fact that it belongs to one customer gives it away. A text, a run of words or a single word is
therefore learned only when conversations of enough different customers hold it in its masked form.
"""

from __future__ import annotations

from collections.abc import Container, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item", bound=Hashable)


@dataclass(frozen=True, slots=True)
class PrivacyRule:
    """How many different customers' conversations must hold a text before it is offered.

    `min_customers`: before it is offered to every agent of the company; `min_customers_own`: to the agent who wrote it.
    """

    min_customers: int = 3
    min_customers_own: int = 2


PRIVACY = PrivacyRule()


class CustomerNumbers:
    """Numbers customers from 0, in the order in which their conversations are read.

    A conversation whose customer is not known counts as a customer of its own.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._next = 0

    def of(self, customer: str) -> int:
        number = self._numbers.get(customer) if customer else None
        if number is None:
            number = self._next
            self._next += 1
            if customer:
                self._numbers[customer] = number
        return number


class CustomerCounts(Generic[Item]):
    """Records which items the conversations of at least `enough` different customers hold."""

    def __init__(self, enough: int = PRIVACY.min_customers) -> None:
        self._enough = enough
        # The few customers of each item; None once there are enough.
        self._customers: dict[Item, tuple[int, ...] | None] = {}

    def add(self, item: Item, customer: int) -> None:
        known = self._customers.get(item, ())
        if known is None or customer in known:
            return
        self._customers[item] = (*known, customer) if len(known) + 1 < self._enough else None

    def publish(self, item: Item) -> None:
        """Share an item of the company's own list, which needs no number of customers."""
        self._customers[item] = None

    def keep(self, items: Container[Item]) -> None:
        """Drop all items but these."""
        self._customers = {item: customers for item, customers in self._customers.items() if item in items}

    def is_shared(self, item: Item) -> bool:
        return self._customers.get(item, ()) is None
