"""Desk settings and agents' slots become values of the settings store."""

from django.db import migrations

BATCH = 500
SLOTS, FIRST_REPLY_S, ASKS_WRAP_UP = "desk.slots", "desk.first_reply_seconds", "desk.asks_wrap_up"
# The bounds of the declarations: a larger number was no different from these.
MAX_SLOTS, MAX_FIRST_REPLY_S = 1_000, 7 * 24 * 3600


def copy(apps, _schema_editor):
    values = apps.get_model("configuration", "SettingValue")
    rows = []
    for row in apps.get_model("assignments", "DeskSettings").objects.all():
        if row.first_reply_s is not None:
            seconds = min(row.first_reply_s, MAX_FIRST_REPLY_S)
            rows.append(values(company_id=row.company_id, name=FIRST_REPLY_S, value=seconds))
        if not row.asks_wrap_up:  # True was the column's default, and is the setting's
            rows.append(values(company_id=row.company_id, name=ASKS_WRAP_UP, value=False))
    with_slots = apps.get_model("assignments", "AgentCapacity").objects.filter(slots__isnull=False)
    for capacity in with_slots.select_related("agent"):
        agent = capacity.agent
        owner = {"company_id": agent.company_id, "environment": agent.environment, "agent": agent}
        rows.append(values(**owner, name=SLOTS, value=min(capacity.slots, MAX_SLOTS)))
    values.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)


def copy_back(apps, _schema_editor):
    """Fill the tables again. Values for one environment are lost: the tables had none."""
    values = apps.get_model("configuration", "SettingValue").objects
    of_companies = values.filter(environment__isnull=True, queue__isnull=True, agent__isnull=True)
    desk_settings = apps.get_model("assignments", "DeskSettings").objects
    for name, column in ((FIRST_REPLY_S, "first_reply_s"), (ASKS_WRAP_UP, "asks_wrap_up")):
        for row in of_companies.filter(name=name):
            desk_settings.update_or_create(company_id=row.company_id, defaults={column: row.value})
    capacities = apps.get_model("assignments", "AgentCapacity").objects
    for row in values.filter(name=SLOTS, agent__isnull=False):
        capacities.update_or_create(agent_id=row.agent_id, defaults={"slots": row.value})
    values.filter(name__in=(SLOTS, FIRST_REPLY_S, ASKS_WRAP_UP)).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("assignments", "0011_agents_of_ended_and_live_conversations"),
        ("configuration", "0001_setting_values"),
    ]

    operations = [migrations.RunPython(copy, copy_back)]
