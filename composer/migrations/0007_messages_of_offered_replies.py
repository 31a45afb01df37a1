from django.db import migrations


def fill(_, schema_editor):
    """Copy the message from the set of each reply."""
    schema_editor.execute(
        "UPDATE composer_offeredreply SET message_id = (SELECT message_id FROM composer_offerset"
        " WHERE composer_offerset.id = composer_offeredreply.offer_set_id) WHERE message_id IS NULL",
        params=None,
    )


class Migration(migrations.Migration):
    dependencies = [("composer", "0006_usage_without_constraints")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
