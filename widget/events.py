"""The group of a visitor: what all tabs of one browser are told."""

from __future__ import annotations

from django.db import transaction

from caching.channel_layer import send_hint


def visitor_group(visitor_id: int) -> str:
    """`visitor.changed`: look again whether the session holds, and which conversation it shows."""
    return f"visitor.{visitor_id}"


def tell_visitor_changed(visitor_id: int) -> None:
    """Tell it when the open transaction commits."""
    transaction.on_commit(lambda: send_hint(visitor_group(visitor_id), {"type": "visitor.changed"}))
