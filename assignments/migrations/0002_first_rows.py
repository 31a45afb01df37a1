"""Statuses for the companies that were there before."""

from django.db import migrations

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


class Migration(migrations.Migration):
    dependencies = [
        ("assignments", "0001_initial"),
        ("conversations", "0003_event_types_of_queues"),
    ]

    # Backwards there is nothing to do: the table goes with the migration before.
    operations = [migrations.RunPython(add_statuses, migrations.RunPython.noop)]
