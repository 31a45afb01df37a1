from django.db import migrations, models


def mark(apps, _):
    """Mark what the desk itself sent in an agent's name: the actor of its event is the system."""
    messages = apps.get_model("conversations", "Message").objects
    messages.filter(role="agent", event__actor_kind="system").update(is_automatic=True)


class Migration(migrations.Migration):
    dependencies = [("conversations", "0006_event_subjects")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="is_automatic",
            field=models.BooleanField(
                default=False, help_text="The desk sent it by itself in an agent's name, such as a greeting."
            ),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
