from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_move_audit_details")]

    operations = [
        # Both ways it has a default, so that the reverse can fill the column of the entries that are there.
        migrations.AlterField("auditentry", "detail", models.CharField(max_length=500, blank=True, default="")),
        migrations.RemoveField("auditentry", "detail"),
    ]
