"""Where assignments hold personal data: what agents wrote about a conversation at its end."""

from __future__ import annotations

from accounts.personal_data import Erasure, Location
from assignments.models import Disposition


def _notes(erasure: Erasure) -> int:
    rows = Disposition.objects.filter(assignment__conversation__in=erasure.conversation_ids)
    return rows.exclude(notes="").update(notes="")


LOCATIONS = [Location("notes of dispositions", ["assignments.Disposition.notes"], _notes)]
