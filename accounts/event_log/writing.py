"""Writes events in the transaction of the change that they report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Agent, Event, Queue


class About(TypedDict, total=False):
    """Whom an event is about, and further facts (`accounts.models.Event`). `at`: when it happened; now by default."""

    agent: Agent | None
    to_agent: Agent | None
    from_queue: Queue | None
    to_queue: Queue | None
    payload: Mapping[str, Any]
    at: datetime


def unsaved_event(by: Actor, type_: str, *, environment: str = "", **about: Unpack[About]) -> Event:
    """Return an event that the caller saves, alone or with others."""
    return Event(
        company_id=by.company_id,
        environment=environment,
        type=type_,
        actor_kind=by.kind,
        actor_id=by.id,
        agent=about.get("agent"),
        to_agent=about.get("to_agent"),
        from_queue=about.get("from_queue"),
        to_queue=about.get("to_queue"),
        payload=dict(about.get("payload", {})),
        occurred_at=about.get("at") or timezone.now(),
    )


def write_event(by: Actor, type_: str, *, environment: str = "", **about: Unpack[About]) -> Event:
    """Write an event that is about no conversation. Call it in the transaction of the change.

    Events of conversations are written by `conversations`, which also gives them their sequence.
    """
    event = unsaved_event(by, type_, environment=environment, **about)
    event.save(force_insert=True)
    return event
