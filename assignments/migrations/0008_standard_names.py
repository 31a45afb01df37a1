"""Standard terms: seats become agent capacities, desk rules desk settings, `passed_on_by` becomes `released_by`."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("assignments", "0007_wrap_up")]

    operations = [
        migrations.RenameModel("Seat", "AgentCapacity"),
        migrations.RenameModel("DeskRules", "DeskSettings"),
        migrations.RenameField("QueueEntry", "passed_on_by", "released_by"),
        migrations.AlterModelOptions("DeskSettings", {"verbose_name_plural": "desk settings"}),
        migrations.AlterModelOptions("AgentCapacity", {"verbose_name_plural": "agent capacities"}),
        migrations.AlterField(
            "AgentCapacity",
            "agent",
            models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                primary_key=True,
                related_name="capacity",
                serialize=False,
                to="accounts.agent",
            ),
        ),
        migrations.AlterField(
            "DeskSettings",
            "company",
            models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                primary_key=True,
                related_name="desk_settings",
                serialize=False,
                to="accounts.company",
            ),
        ),
    ]
