from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assignments", "0002_first_rows")]

    operations = [
        migrations.AddField(
            model_name="queueentry",
            name="waits_since",
            field=models.DateTimeField(null=True),
        ),
    ]
