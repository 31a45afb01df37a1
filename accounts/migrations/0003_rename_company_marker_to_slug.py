from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_actors_who_are_customers")]

    operations = [migrations.RenameField("company", "marker", "slug")]
