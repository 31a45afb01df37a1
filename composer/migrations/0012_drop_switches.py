"""The settings store has switches and what suggestions learn from: their tables go."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("composer", "0011_copy_switches")]

    operations = [
        migrations.DeleteModel("FeatureSwitch"),
        migrations.DeleteModel("LearningSettings"),
    ]
