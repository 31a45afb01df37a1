"""Companies' and agents' greetings become values of the settings store."""

from django.db import migrations

BATCH = 500
# Column, setting, and the value with which every company started: it is the setting's default, and needs no row.
COLUMNS = (
    ("enabled", "greetings.enabled", False),
    ("generic_text", "greetings.generic_text", "Hello, thanks for getting in touch. I’m here to help."),
    ("named_text", "greetings.named_text", "Hello {NAME}, thanks for getting in touch. I’m here to help."),
    ("trigger_after_seconds", "greetings.trigger_after_seconds", 0),
    ("delay_seconds", "greetings.delay_seconds", 12),
)
OWN_COLUMNS = COLUMNS[:3]
# The largest number that the declarations allow. Nobody waits longer for a greeting.
MAX_WAIT_S = 3600


def copy(apps, _schema_editor):
    values = apps.get_model("configuration", "SettingValue")
    rows = []
    for row in apps.get_model("responses", "GreetingDefaults").objects.all():
        for column, name, default in COLUMNS:
            value = getattr(row, column)
            if column.endswith("seconds"):
                value = min(value, MAX_WAIT_S)
            if value != default:
                rows.append(values(company_id=row.company_id, name=name, value=value))
    for row in apps.get_model("responses", "AgentGreeting").objects.select_related("agent"):
        owner = {"company_id": row.agent.company_id, "environment": row.agent.environment, "agent": row.agent}
        rows += [
            values(**owner, name=name, value=getattr(row, column))
            for column, name, _ in OWN_COLUMNS
            if getattr(row, column) is not None
        ]
    values.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)


def copy_back(apps, _schema_editor):
    """Fill the tables again. Values for one environment are lost: the tables had none."""
    values = apps.get_model("configuration", "SettingValue").objects
    of_companies = values.filter(environment__isnull=True, queue__isnull=True, agent__isnull=True)
    defaults = apps.get_model("responses", "GreetingDefaults").objects
    for company in apps.get_model("accounts", "Company").objects.all():
        chosen = dict(of_companies.filter(company=company).values_list("name", "value"))
        columns = {column: chosen.get(name, default) for column, name, default in COLUMNS}
        defaults.update_or_create(company=company, defaults=columns)
    greetings = apps.get_model("responses", "AgentGreeting").objects
    for column, name, _ in OWN_COLUMNS:
        for row in values.filter(name=name, agent__isnull=False):
            greetings.update_or_create(agent_id=row.agent_id, defaults={column: row.value})
    values.filter(name__in=[name for _, name, _ in COLUMNS]).delete()


class Migration(migrations.Migration):
    dependencies = [("responses", "0001_initial"), ("configuration", "0001_setting_values")]

    operations = [migrations.RunPython(copy, copy_back)]
