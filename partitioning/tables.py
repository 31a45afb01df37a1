"""Partitions of the tables that migrations have partitioned. The catalogue of PostgreSQL is the only list of them.

Each table has a default partition, so that no write ever fails for want of a month; it is the pattern of all others,
and its rows move to their month when that is created.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Model
from django.utils import timezone

from partitioning.months import Month, months_between

# Months that exist ahead of time: a worker that does not run for this long does no harm.
MONTHS_AHEAD = 3
# Only one process creates partitions at a time. The number is arbitrary, and means nothing else in this database.
_LOCK = 7_160_331


def _quote(name: str) -> str:
    return connection.ops.quote_name(name)


def partitioned_tables() -> list[str]:
    """Return the partitioned tables; none on SQLite."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class JOIN pg_partitioned_table ON partrelid = pg_class.oid"
            " WHERE relnamespace = current_schema()::regnamespace ORDER BY relname"
        )
        return [name for (name,) in cursor.fetchall()]


def partitioned_tables_of(*models: type[Model]) -> list[str]:
    """Return the tables of these models, as far as they are partitioned."""
    partitioned = set(partitioned_tables())
    return [model._meta.db_table for model in models if model._meta.db_table in partitioned]


def partitions_of(table: str) -> dict[Month, str]:
    """Return the monthly partitions of a table by month, the default one excluded. PostgreSQL only."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid"
            " WHERE inhparent = to_regclass(%s) ORDER BY child.relname",
            [table],
        )
        names = [name for (name,) in cursor.fetchall()]
    return {_month_in(name): name for name in names if not name.endswith("_default")}


def _month_in(name: str) -> Month:
    year, number = name.rpartition("_y")[2].split("m")
    return Month(int(year), int(number))


def ensure_partitions(months: Iterable[Month] = (), *, tables: Sequence[str] | None = None) -> list[str]:
    """Create these partitions, and those from the last month to MONTHS_AHEAD from now, where they are missing.

    Return the names of those created. Does nothing on SQLite. Imports call it with the months of their rows, before
    their transaction: it holds locks that everybody else waits for, and many months take many locks.
    """
    now = timezone.now()
    recent = months_between(Month.of(now - timedelta(days=31)), Month.of(now + timedelta(days=30 * MONTHS_AHEAD)))
    wanted = sorted({*months, *recent})
    created: list[str] = []
    for table in partitioned_tables() if tables is None else tables:
        existing = partitions_of(table)
        created += [name for month in wanted if month not in existing and (name := _create(table, month))]
    return created


@transaction.atomic
def _create(table: str, month: Month) -> str:
    """Create one partition and move its rows out of the default one. Return its name, "" where it exists by now."""
    name, default = f"{table}_{month}", f"{table}_default"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if month in partitions_of(table):
            return ""
        bounds = [month.first_ulid, month.next().first_ulid]
        key = _key_of(cursor, table)
        # Like the default partition and not like the table: it also has the unique indexes that a partitioned table
        # cannot have.
        cursor.execute(f"CREATE TABLE {_quote(name)} (LIKE {_quote(default)} INCLUDING ALL)")
        cursor.execute(
            f"WITH moved AS (DELETE FROM {_quote(default)} WHERE {key} >= %s AND {key} < %s RETURNING *)"  # noqa: S608
            f" INSERT INTO {_quote(name)} SELECT * FROM moved",
            bounds,
        )
        cursor.execute(
            f"ALTER TABLE {_quote(table)} ATTACH PARTITION {_quote(name)}"
            f" FOR VALUES FROM ('{bounds[0]}') TO ('{bounds[1]}')"
        )
    return name


def _key_of(cursor: CursorWrapper, table: str) -> str:
    """Return the quoted partition key of a table."""
    cursor.execute(
        "SELECT attname FROM pg_partitioned_table JOIN pg_attribute ON attrelid = partrelid AND attnum = partattrs[0]"
        " WHERE partrelid = to_regclass(%s)",
        [table],
    )
    row = cursor.fetchone()
    if row is None:
        raise ValueError(f"{table} is not partitioned")
    return _quote(row[0])


def drop_empty_partitions(*, before: datetime) -> list[str]:
    """Drop the partitions of months that ended before this time and hold no rows. Return their names.

    Retention deletes rows by its own rules (`apply_retention`); this gives the disk back at once, where a vacuum would
    leave empty pages. A row that comes later, such as an import, goes to the default partition.
    """
    over = [
        name
        for table in partitioned_tables()
        for month, name in partitions_of(table).items()
        if month.next() <= Month.of(before)
    ]
    return [name for name in over if _drop_if_empty(name)]


@transaction.atomic
def _drop_if_empty(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {_quote(name)} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {_quote(name)})")  # noqa: S608
        if cursor.fetchone() == (True,):
            return False
        cursor.execute(f"DROP TABLE {_quote(name)}")
        return True
