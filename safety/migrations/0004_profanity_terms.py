import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

RULE_KINDS = [
    "payment_card",
    "iban",
    "us_ssn",
    "email",
    "account_number",
    "phone",
    "card_code",
    "date_of_birth",
    "pattern",
]


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("safety", "0003_new_kinds"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProfanityTerm",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("kind", models.CharField(choices=[("block", "Block"), ("allow", "Allow")], max_length=8)),
                ("term", models.CharField(max_length=100)),
                ("added_at", models.DateTimeField(auto_now_add=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="profanity_terms",
                        to="accounts.company",
                    ),
                ),
            ],
            options={"ordering": ["company", "term"]},
        ),
        migrations.AddConstraint(
            "redactionrule",
            models.CheckConstraint(condition=Q(("kind__in", RULE_KINDS)), name="redaction_kind_is_known"),
        ),
        migrations.AddConstraint(
            "profanityterm",
            models.UniqueConstraint(fields=("company", "term"), name="profanity_term_is_unique"),
        ),
        migrations.AddConstraint(
            "profanityterm",
            models.CheckConstraint(condition=Q(("term", ""), _negated=True), name="profanity_term_is_not_empty"),
        ),
        migrations.AddConstraint(
            "profanityterm",
            models.CheckConstraint(condition=Q(("kind__in", ["block", "allow"])), name="profanity_term_kind_is_known"),
        ),
    ]
