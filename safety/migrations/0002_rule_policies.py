from django.db import migrations, models

POLICIES = {"transcripts": True, "agent_immediate": True, "customer_immediate": False, "customer_delayed": True}
KINDS = [
    ("payment_card", "Payment Card"),
    ("iban", "Iban"),
    ("us_ssn", "Us Ssn"),
    ("email", "Email"),
    ("account_number", "Account Number"),
    ("phone", "Phone"),
    ("card_code", "Card Code"),
    ("date_of_birth", "Date Of Birth"),
    ("pattern", "Pattern"),
]


class Migration(migrations.Migration):
    dependencies = [("safety", "0001_initial")]

    operations = [
        migrations.RenameField("redactionrule", "enabled", "in_production"),
        migrations.AddField("redactionrule", "in_sandbox", models.BooleanField(default=True)),
        *[
            migrations.AddField("redactionrule", name, models.BooleanField(default=default))
            for name, default in POLICIES.items()
        ],
        migrations.AlterField("redactionrule", "kind", models.CharField(choices=KINDS, max_length=32)),
        migrations.AlterField(
            "redactionrule",
            "pattern",
            models.CharField(blank=True, help_text="RE2 syntax; only for kind pattern.", max_length=1000),
        ),
    ]
