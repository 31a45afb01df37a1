"""Prepare the tables of usage for monthly partitions: no foreign key of the database may point into one."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("composer", "0005_read_mark"),
        ("conversations", "0009_delete_event"),
    ]

    operations = [
        migrations.AlterField(
            model_name="messageaugmentation",
            name="message_sent",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="augmentations",
                to="composer.messagesent",
            ),
        ),
        migrations.AlterField(
            model_name="usagereport",
            name="message",
            field=models.OneToOneField(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                primary_key=True,
                related_name="usage_report",
                serialize=False,
                to="conversations.message",
            ),
        ),
        migrations.AlterField(
            model_name="offerset",
            name="message",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="offer_sets",
                to="conversations.message",
            ),
        ),
        migrations.AlterField(
            model_name="offeredreply",
            name="offer_set",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="replies",
                to="composer.offerset",
            ),
        ),
        migrations.AddField(
            model_name="offeredreply",
            name="message",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="conversations.message",
            ),
        ),
    ]
