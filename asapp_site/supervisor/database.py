"""Prepares the database before the first web process: checks that it can be reached, and migrates it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from asapp_site.supervisor.errors import StartError

_CONNECT_TIMEOUT_S = 5
# A number that nothing else on the server locks. Several machines may start on one database at once.
_ADVISORY_LOCK = 0x6465736B


def check_database() -> None:
    """Raise `StartError` if the database cannot be reached.

    The connection pool is switched off: its threads would be alive at each fork, and it waits for half a minute.
    """
    if connection.vendor == "postgresql":
        options = connection.settings_dict["OPTIONS"]
        options.pop("pool", None)
        options.setdefault("connect_timeout", _CONNECT_TIMEOUT_S)
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        raise StartError(f"cannot open the database: {_one_line(error)}. Check {_setting()}.") from error


def must_migrate() -> bool:
    """Return True if there are unapplied migrations. Much faster than `migrate` with nothing to do."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def migrate() -> None:
    """Apply all migrations. Raises `StartError` if that fails."""
    try:
        with _only_migration():
            call_command("migrate", interactive=False, verbosity=0)
    except DatabaseError as error:
        raise StartError(f"cannot migrate the database: {_one_line(error)}. Check {_setting()}.") from error


@contextmanager
def _only_migration() -> Iterator[None]:
    """Keep other machines from migrating at the same time. For SQLite, the lock of the data folder does that."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_ADVISORY_LOCK])
    try:
        yield
    finally:
        connection.close()  # releases the lock, even after a failed migration


def _one_line(error: Exception) -> str:
    """Return the first line of an error, without the driver's guesses that follow."""
    return str(error).strip().partition("\n")[0].rstrip(".")


def _setting() -> str:
    return "DATABASE_URL" if connection.vendor == "postgresql" else "DATA_DIR"
