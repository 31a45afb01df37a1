"""The settings store has desk settings and slots: their table and column go."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("assignments", "0012_copy_desk_settings")]

    operations = [
        migrations.RemoveField("AgentCapacity", "slots"),
        migrations.DeleteModel("DeskSettings"),
    ]
