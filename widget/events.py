"""The channel-layer group of a visitor, which all tabs of one browser join."""

from __future__ import annotations

from django.db import transaction

from caching.channel_layer import send_hint


def visitor_group(visitor_id: int) -> str:
    """Return the group's name. Its event `visitor.changed` asks sockets to reload session and conversation."""
    return f"visitor.{visitor_id}"


def tell_visitor_changed(visitor_id: int) -> None:
    """Send `visitor.changed` to the visitor's tabs when the open transaction commits."""
    transaction.on_commit(lambda: send_hint(visitor_group(visitor_id), {"type": "visitor.changed"}))
