from django.db import migrations

from partitioning.operations import PartitionByMonth


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0009_delete_event"),
        # Their foreign keys pointed to messages.
        ("assignments", "0009_note_without_constraint"),
        ("composer", "0006_usage_without_constraints"),
    ]

    # By conversation, so that all messages of one are in one partition: every frequent query names it, and the unique
    # constraints hold it.
    operations = [PartitionByMonth("Message", "conversation_id")]
