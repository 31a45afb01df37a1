"""Messages are kept in monthly partitions, into which no foreign key of the database may point."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assignments", "0008_standard_names"),
        ("conversations", "0009_delete_event"),
    ]

    operations = [
        migrations.AlterField(
            model_name="transfer",
            name="note",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="What the agent left for the next one; staff only.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="conversations.message",
            ),
        ),
    ]
