"""The registry of personal data: where what customers say, and what is known of them, is stored.

Each room registers its locations when it is loaded. Erasure and retention (`privacy.services`) do what the registry
says and nothing else, and a test fails for a column that no location covers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Erasure:
    """What is to be erased: all content of these conversations, and all that is known of these customers."""

    company_id: int
    environment: str
    conversation_ids: Sequence[str] = ()
    customer_ids: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Location:
    """A place where personal data lies. `columns`: those it covers, such as "conversations.Message.text".

    `erase` removes it, in the open transaction, and returns the number of rows it changed. It may run again.
    """

    name: str
    columns: Sequence[str]
    erase: Callable[[Erasure], int]


_locations: dict[str, Location] = {}


def register(locations: Iterable[Location]) -> None:
    """Add locations. Raises ValueError for a name that another one has."""
    for location in locations:
        if location.name in _locations:
            raise ValueError(f"there is a location {location.name!r} already")
        _locations[location.name] = location


def locations() -> list[Location]:
    """Return all locations: those of higher rooms first, whose rows are found through the rows of lower ones."""
    return list(_locations.values())
