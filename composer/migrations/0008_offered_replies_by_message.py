import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("composer", "0007_messages_of_offered_replies")]

    operations = [
        migrations.AlterField(
            model_name="offeredreply",
            name="message",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="conversations.message",
            ),
        ),
        migrations.RemoveConstraint(model_name="offeredreply", name="offered_position_is_unique"),
        migrations.AddConstraint(
            model_name="offeredreply",
            constraint=models.UniqueConstraint(
                fields=("message", "offer_set", "position"), name="offered_position_is_unique"
            ),
        ),
    ]
