"""Statuses for the companies, and a place in its queue for each conversation, that were there before."""

from django.db import migrations
from django.utils import timezone

STATUSES = (
    ("Active", "active"),
    ("After Chat Wrap-Up", "away"),
    ("Coaching", "away"),
    ("Lunch/Break", "away"),
    ("Team Meeting", "away"),
    ("Training", "away"),
)
BATCH = 500


def add_statuses(apps, _schema_editor):
    company_model = apps.get_model("accounts", "Company")
    status_model = apps.get_model("assignments", "AgentStatus")
    for company in company_model.objects.filter(agent_statuses__isnull=True).iterator(chunk_size=BATCH):
        status_model.objects.bulk_create(
            [
                status_model(company=company, name=name, kind=kind, position=position)
                for position, (name, kind) in enumerate(STATUSES)
            ]
        )


def give_places(apps, _schema_editor):
    conversation_model = apps.get_model("conversations", "Conversation")
    entry_model = apps.get_model("assignments", "QueueEntry")
    placeless = conversation_model.objects.filter(
        status="waiting", queue__isnull=False, queue_entries__isnull=True
    ).order_by("pk")
    now = timezone.now()
    while batch := list(placeless[:BATCH]):
        entry_model.objects.bulk_create(
            [entry_model(conversation=row, queue_id=row.queue_id, entered_at=min(row.started_at, now)) for row in batch]
        )


class Migration(migrations.Migration):
    dependencies = [
        ("assignments", "0001_initial"),
        ("conversations", "0003_event_types_of_queues"),
    ]

    # Backwards there is nothing to do: the tables go with the migration before.
    operations = [
        migrations.RunPython(add_statuses, migrations.RunPython.noop),
        migrations.RunPython(give_places, migrations.RunPython.noop),
    ]
