"""A place in its queue for each conversation that waited before, and a beginning for each wait."""

from django.db import migrations
from django.db.models import F
from django.utils import timezone

BATCH = 500


def fill(apps, _schema_editor):
    entries = apps.get_model("assignments", "QueueEntry").objects
    entries.filter(waits_since__isnull=True).update(waits_since=F("entered_at"))


def give_places(apps, _schema_editor):
    conversation_model = apps.get_model("conversations", "Conversation")
    entry_model = apps.get_model("assignments", "QueueEntry")
    placeless = conversation_model.objects.filter(
        status="waiting", queue__isnull=False, queue_entries__isnull=True
    ).order_by("pk")
    now = timezone.now()
    while batch := list(placeless[:BATCH]):
        entry_model.objects.bulk_create(
            [
                entry_model(
                    conversation=row,
                    queue_id=row.queue_id,
                    entered_at=now,
                    waits_since=min(row.started_at, now),
                )
                for row in batch
            ]
        )


class Migration(migrations.Migration):
    dependencies = [("assignments", "0003_waits_since")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(give_places, migrations.RunPython.noop),
    ]
