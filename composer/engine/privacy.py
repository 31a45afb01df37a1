"""What may be learned from messages: only what several customers were told (k-anonymity).

Masks take out what looks like a fact. A password in a sentence, a nickname or the name of a network looks like any
other words; what tells them apart is that they belong to one customer. So a text, a run of words or a single word is
learned only when the conversations of enough different customers hold it in its masked form.
"""

from __future__ import annotations

from collections.abc import Container, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item", bound=Hashable)


@dataclass(frozen=True, slots=True)
class PrivacyRule:
    """How many different customers' conversations must hold something before it is offered.

    `min_customers`: to every agent of the company; `min_customers_own`: to the agent who wrote it.
    """

    min_customers: int = 3
    min_customers_own: int = 2


PRIVACY = PrivacyRule()


class CustomerNumbers:
    """A number for the customer of each conversation, in the order in which conversations are read.

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
    """Which items the conversations of at least `enough` different customers hold."""

    def __init__(self, enough: int = PRIVACY.min_customers) -> None:
        self._enough = enough
        # None: enough. Until then the few customers themselves.
        self._customers: dict[Item, tuple[int, ...] | None] = {}

    def add(self, item: Item, customer: int) -> None:
        known = self._customers.get(item, ())
        if known is None or customer in known:
            return
        self._customers[item] = (*known, customer) if len(known) + 1 < self._enough else None

    def publish(self, item: Item) -> None:
        """The company itself says it, in a list: no number of customers is needed."""
        self._customers[item] = None

    def keep(self, items: Container[Item]) -> None:
        """Forget all others."""
        self._customers = {item: customers for item, customers in self._customers.items() if item in items}

    def is_shared(self, item: Item) -> bool:
        return self._customers.get(item, ()) is None
