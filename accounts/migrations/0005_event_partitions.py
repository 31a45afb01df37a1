from django.db import migrations

from partitioning.operations import PartitionByMonth


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_event_log"),
        # The events of conversations are copied first, so that their months are created.
        ("conversations", "0008_copy_events_to_the_log"),
    ]

    operations = [
        PartitionByMonth(
            "Event",
            "id",
            unique_in_partition=("event_sequence_is_unique_in_conversation", "event_sequence_is_unique_in_company"),
        )
    ]
