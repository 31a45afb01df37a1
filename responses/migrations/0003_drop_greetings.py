"""The settings store has greetings: their tables go."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("responses", "0002_copy_greetings")]

    operations = [
        migrations.DeleteModel("AgentGreeting"),
        migrations.DeleteModel("GreetingDefaults"),
    ]
