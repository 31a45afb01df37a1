from django.db import migrations

from partitioning.operations import PartitionByMonth


class Migration(migrations.Migration):
    dependencies = [("composer", "0008_offered_replies_by_message")]

    operations = [
        PartitionByMonth("MessageSent", "conversation_id"),
        PartitionByMonth("MessageAugmentation", "message_sent_id"),
        PartitionByMonth("ComposerEvent", "conversation_id"),
        PartitionByMonth("UsageReport", "message_id"),
        PartitionByMonth("OfferSet", "message_id"),
        PartitionByMonth("OfferedReply", "message_id"),
    ]
