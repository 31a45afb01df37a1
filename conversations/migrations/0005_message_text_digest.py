from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0004_waiting"),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="text_digest",
            field=models.BinaryField(
                help_text="Of the text as it was sent under its sender's own id: is it the same when it comes again?",
                max_length=16,
                null=True,
            ),
        ),
    ]
