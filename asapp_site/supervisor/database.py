"""The database before the first web process: reachable, and of the form that this code expects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from asapp_site.supervisor.errors import StartError

_CONNECT_TIMEOUT_S = 5
# Any number that nothing else on the server locks on: several machines may start on one database at once.
_ADVISORY_LOCK = 0x6465736B


def check_database() -> None:
    """Raise `StartError` where the database cannot be reached.

    This process needs no pool: its threads would be alive at each fork, and its patience is half a minute.
    """
    if connection.vendor == "postgresql":
        options = connection.settings_dict["OPTIONS"]
        options.pop("pool", None)
        options.setdefault("connect_timeout", _CONNECT_TIMEOUT_S)
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        raise StartError(f"cannot open the database: {_one_line(error)}. Check {_knob()}.") from error


def must_migrate() -> bool:
    """Whether the database waits for migrations. A fraction of what `migrate` with nothing to do costs."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def migrate() -> None:
    """Bring the database to the form of this code; raises `StartError` where that fails."""
    try:
        with _alone():
            call_command("migrate", interactive=False, verbosity=0)
    except DatabaseError as error:
        raise StartError(f"cannot migrate the database: {_one_line(error)}. Check {_knob()}.") from error


@contextmanager
def _alone() -> Iterator[None]:
    """Keep other machines from migrating at the same time (SQLite is ours alone through the folder's lock)."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_ADVISORY_LOCK])
    try:
        yield
    finally:
        connection.close()  # frees the lock, whatever state a failed migration left the connection in


def _one_line(error: Exception) -> str:
    """The first sentence or line: what follows is the driver's guesses."""
    return str(error).strip().partition("\n")[0].rstrip(".")


def _knob() -> str:
    return "DATABASE_URL" if connection.vendor == "postgresql" else "DATA_DIR"
