"""Brings old rows in line with the life cycle.

An agent leaves a conversation at its end, which imports did not write, and whoever has a conversation has an
assignment, which API calls did not write.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.models import OuterRef, Subquery

AT_ONCE = 1000


def bring_in_line(apps: Any, _: Any) -> None:
    conversations = apps.get_model("conversations", "Conversation")
    assignments = apps.get_model("assignments", "Assignment")
    present = apps.get_model("conversations", "Participant").objects.filter(role="agent", left_at__isnull=True)
    ended_at = conversations.objects.filter(pk=OuterRef("conversation_id")).values("ended_at")[:1]
    while ids := list(present.filter(conversation__status="ended").values_list("pk", flat=True)[:AT_ONCE]):
        present.filter(pk__in=ids).update(left_at=Subquery(ended_at))
    while holders := list(
        present.filter(conversation__status="live", assignment__isnull=True).select_related("conversation")[:AT_ONCE]
    ):
        # An assignment that another system ended, but the sweep did not settle yet, would be a second open one.
        stale = assignments.objects.filter(
            conversation__in=[row.conversation_id for row in holders], ended_at__isnull=True
        )
        for row in stale.select_related("participant"):
            row.ended_at, row.end = max(row.participant.left_at or row.assigned_at, row.assigned_at), "outside"
            row.save(update_fields=["ended_at", "end"])
        assignments.objects.bulk_create(
            assignments(
                participant=row,
                conversation_id=row.conversation_id,
                agent_id=row.agent_id,
                queue_id=row.conversation.queue_id,
                origin="outside",
                assigned_at=row.joined_at,
            )
            for row in holders
        )


class Migration(migrations.Migration):
    dependencies = [
        ("assignments", "0010_queue_pauses"),
        ("conversations", "0010_message_partitions"),
    ]

    operations = [migrations.RunPython(bring_in_line, migrations.RunPython.noop)]
