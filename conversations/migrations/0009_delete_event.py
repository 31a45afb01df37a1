from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("conversations", "0008_copy_events_to_the_log")]

    operations = [migrations.DeleteModel(name="Event")]
