"""Inserts many rows of one model with a statement that is made once for each model.

Django's `bulk_create` makes the statement again each time and asks every field about every value in seven steps: for
the rows of a message that took a fifth of the time of storing it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from django.db import connections, models, router, transaction
from django.db.models.constants import OnConflict

# Values of these fields are what the database's driver takes; their defaults are set when the object is made.
_PLAIN = (models.CharField, models.TextField, models.IntegerField, models.BooleanField)


def insert_all(rows: Sequence[models.Model], *, ignore_conflicts: bool = False) -> None:
    """Insert these rows, all of one model, all or nothing; they count as saved.

    Keys that the database gives are not read back. No signals are sent, and nothing is filled in that `pre_save` of a
    field would (`auto_now`). Without `ignore_conflicts` a row that breaks a constraint raises IntegrityError, and none
    is inserted.
    """
    if not rows:
        return
    model = type(rows[0])
    alias = router.db_for_write(model)
    statement, values_of = _plan(model, alias, ignore_conflicts)
    with transaction.atomic(using=alias, savepoint=False), connections[alias].cursor() as cursor:
        cursor.executemany(statement, [values_of(row) for row in rows])
    for row in rows:
        row._state.adding, row._state.db = False, alias


@functools.cache
def _plan(
    model: type[models.Model], alias: str, ignore_conflicts: bool
) -> tuple[str, Callable[[models.Model], list[Any]]]:
    """Return the statement, and what makes its parameters from a row."""
    connection = connections[alias]
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    on_conflict = OnConflict.IGNORE if ignore_conflicts else None
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    statement = (
        f"{connection.ops.insert_statement(on_conflict=on_conflict)} {connection.ops.quote_name(model._meta.db_table)}"
        f" ({columns}) VALUES ({', '.join(['%s'] * len(fields))})"
        f" {connection.ops.on_conflict_suffix_sql(fields, on_conflict, (), ())}"
    )
    read = attrgetter(*(field.attname for field in fields))
    prepared = [(place, field) for place, field in enumerate(fields) if not _is_plain(field)]

    def values_of(row: models.Model) -> list[Any]:
        values = list(read(row))
        for place, field in prepared:
            values[place] = field.get_db_prep_save(values[place], connections[alias])
        return values

    return statement.rstrip(), values_of


def _is_plain(field: models.Field[Any, Any]) -> bool:
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return isinstance(field, _PLAIN)
