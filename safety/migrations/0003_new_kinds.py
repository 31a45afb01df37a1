"""Companies that are there get the recognisers that new ones start with; what was switched off stays off."""

from django.db import migrations
from django.db.models import Max

ADDED = (
    ("iban", "IBAN", "[IBAN]"),
    ("account_number", "Account number", "[ACCOUNT]"),
    ("card_code", "Card security code", "[CVV]"),
    ("date_of_birth", "Date of birth", "[DOB]"),
)
AT_ONCE = ("payment_card", "us_ssn", "card_code")


def add(apps, schema_editor):
    rules = apps.get_model("safety", "RedactionRule").objects.using(schema_editor.connection.alias)
    rules.filter(in_production=False).update(in_sandbox=False)
    rules.filter(kind__in=AT_ONCE).update(customer_immediate=True, customer_delayed=False)
    for company_id, last in rules.values_list("company_id").annotate(Max("position")).order_by("company_id"):
        own = rules.filter(company_id=company_id)
        kinds, names = set(own.values_list("kind", flat=True)), set(own.values_list("name", flat=True))
        missing = [row for row in ADDED if row[0] not in kinds]
        for position, (kind, name, mask) in enumerate(missing, start=last + 1):
            rules.create(
                company_id=company_id,
                position=position,
                name=f"{name} (built in)" if name in names else name,
                kind=kind,
                mask=mask,
                customer_immediate=kind in AT_ONCE,
                customer_delayed=kind not in AT_ONCE,
            )


def remove(apps, schema_editor):
    rules = apps.get_model("safety", "RedactionRule").objects.using(schema_editor.connection.alias)
    rules.filter(kind__in=[kind for kind, _, _ in ADDED]).delete()


class Migration(migrations.Migration):
    dependencies = [("safety", "0002_rule_policies")]

    operations = [migrations.RunPython(add, remove)]
