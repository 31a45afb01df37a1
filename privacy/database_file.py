"""What a database keeps of deleted rows in its file."""

from __future__ import annotations

from django.db import connection


def overwrite_deleted_rows() -> bool:
    """Rewrite SQLite's file without the space of deleted rows, and empty its log. Return whether that was done.

    SQLite marks deleted space as free and leaves its bytes there. Writers wait meanwhile: about a second for each 100
    MB. PostgreSQL overwrites such space by itself (autovacuum), and keeps no rows of a partition that was dropped.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return False
    with connection.cursor() as cursor:
        # The copy is as large as the database: into a file, not into memory, where other temporary tables are.
        cursor.execute("PRAGMA temp_store=FILE")
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA temp_store=MEMORY")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return True
