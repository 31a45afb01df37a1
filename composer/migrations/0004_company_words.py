import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("composer", "0003_writing"),
    ]

    operations = [
        migrations.CreateModel(
            name="CompanyWord",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("word", models.CharField(max_length=64)),
                ("added_at", models.DateTimeField(auto_now_add=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="dictionary", to="accounts.company"
                    ),
                ),
            ],
            options={
                "ordering": ["company", "word"],
                "constraints": [
                    models.UniqueConstraint(fields=("company", "word"), name="company_word_is_unique"),
                    models.CheckConstraint(condition=Q(("word", ""), _negated=True), name="company_word_is_not_empty"),
                ],
            },
        ),
    ]
