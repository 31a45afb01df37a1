"""Where the chat holds personal data: the sessions of visitors."""

from __future__ import annotations

from django.db.models import Q

from accounts.personal_data import Erasure, Location
from widget.events import tell_visitor_changed
from widget.models import Visitor


def _visitors(erasure: Erasure) -> int:
    """End the sessions: open tabs show that the chat is over."""
    rows = Visitor.objects.filter(Q(customer__in=erasure.customer_ids) | Q(conversation__in=erasure.conversation_ids))
    for pk in rows.values_list("pk", flat=True):
        tell_visitor_changed(pk)
    return rows.delete()[0]


LOCATIONS = [Location("sessions of visitors", ["widget.Visitor.name"], _visitors)]
