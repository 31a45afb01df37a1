"""Plays events again: the intervals that follow from them alone, each with what it is about, its start and its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from accounts.models import Event

Interval = tuple[object, datetime, datetime | None]
# What begins with an event; None where the event only ends what was open.
Begins = Callable[[Event], object]


def _intervals(events: Iterable[Event], begins: Begins, bounds: frozenset[str]) -> list[Interval]:
    """Each event in `bounds` ends the open interval, and may begin the next one."""
    found: list[Interval] = []
    for event in events:
        if event.type not in bounds:
            continue
        if found and found[-1][2] is None:
            found[-1] = (*found[-1][:2], event.occurred_at)
        subject = begins(event)
        if subject is not None:
            found.append((subject, event.occurred_at, None))
    return found


def _of(*types: str) -> frozenset[str]:
    return frozenset(types)


ENDS = ("conversation.ended", "conversation.timed_out")


def assignments(events: Iterable[Event]) -> list[Interval]:
    bounds = _of("conversation.agent_joined", "conversation.agent_left", *ENDS)
    return _intervals(events, lambda event: event.agent_id if event.type.endswith("joined") else None, bounds)


def waits(events: Iterable[Event]) -> list[Interval]:
    bounds = _of("conversation.queued", "conversation.agent_joined", *ENDS)
    return _intervals(events, lambda event: event.to_queue_id if event.type.endswith("queued") else None, bounds)


def statuses(events: Iterable[Event]) -> list[Interval]:
    bounds = _of("agent.status_started", "agent.status_ended")
    return _intervals(events, lambda event: event.payload["status"] if event.type.endswith("started") else None, bounds)


def pauses(events: Iterable[Event]) -> list[Interval]:
    bounds = _of("queue.paused", "queue.resumed")
    return _intervals(events, lambda event: event.to_queue_id if event.type.endswith("paused") else None, bounds)
