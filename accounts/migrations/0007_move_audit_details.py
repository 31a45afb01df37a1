from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

BATCH = 2_000


def to_after(apps: Apps, _: BaseDatabaseSchemaEditor) -> None:
    """Keep each old detail as the fact of that name."""
    entries: Any = apps.get_model("accounts", "AuditEntry").objects
    last = ""
    while rows := list(entries.filter(pk__gt=last).order_by("pk").only("detail", "after")[:BATCH]):
        last = rows[-1].pk
        moved = [row for row in rows if row.detail and row.after is None]
        for row in moved:
            row.after = {"detail": row.detail}
        entries.bulk_update(moved, ["after"], batch_size=200)


def to_detail(apps: Apps, _: BaseDatabaseSchemaEditor) -> None:
    """Put the facts of each entry into its detail, as far as they fit."""
    entries: Any = apps.get_model("accounts", "AuditEntry").objects
    last = ""
    while rows := list(entries.filter(pk__gt=last).order_by("pk").only("detail", "after")[:BATCH]):
        last = rows[-1].pk
        moved = [row for row in rows if row.after and not row.detail]
        for row in moved:
            facts = dict(row.after)
            row.detail = facts.pop("detail", None) or ", ".join(f"{name}: {facts[name]}" for name in facts)
            row.detail = row.detail[:500]
        entries.bulk_update(moved, ["detail"], batch_size=200)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_audit_facts")]

    operations = [migrations.RunPython(to_after, to_detail)]
