"""The migration operation that partitions a table by month, with the rows that it holds already."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from partitioning.months import Month, months_between
from partitioning.tables import ensure_partitions


class PartitionByMonth(Operation):
    """Partition the table of a model by the ULIDs in `column`. Nothing changes on SQLite or in the model's state.

    On PostgreSQL the primary key and each unique constraint must hold the column. The primary key becomes (column,
    primary key), where it is another column; the key alone is unique in its partition, for ids are random enough.
    Unique constraints that do not hold the column must be named in `unique_in_partition`: each partition has an index
    of its own. No foreign key of the database may point to the table (`db_constraint=False`).

    A table with rows is copied, and locked meanwhile.
    """

    reduces_to_sql = False  # it reads the catalogue
    reversible = True

    def __init__(self, model_name: str, column: str, unique_in_partition: Collection[str] = ()) -> None:
        self.model_name, self.column, self.unique_in_partition = model_name, column, tuple(unique_in_partition)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        named = {"model_name": self.model_name, "column": self.column, "unique_in_partition": self.unique_in_partition}
        return type(self).__qualname__, [], named

    def describe(self) -> str:
        return f"Partition {self.model_name} by the month of {self.column}, on PostgreSQL"

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Models know nothing of partitions."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, _: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if schema_editor.connection.vendor == "postgresql":
            _Conversion(schema_editor, model._meta.db_table, self.column, self.unique_in_partition).run()

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, _: ProjectState, to_state: ProjectState
    ) -> None:
        """Leave the partitions: every earlier migration works on them as on one table."""


class _Conversion:
    """The steps from a plain table to a partitioned one."""

    def __init__(
        self, editor: BaseDatabaseSchemaEditor, table: str, column: str, unique_in_partition: Collection[str]
    ) -> None:
        self.editor, self.table, self.column = editor, table, column
        self.unique_in_partition = set(unique_in_partition)
        self.partitions: list[str] = []
        self.sequences: dict[str, str] = {}
        self.quote = editor.quote_name

    def run(self) -> None:
        # Foreign keys of earlier operations of this transaction are checked now: a table with pending checks cannot
        # change.
        self._do("SET CONSTRAINTS ALL IMMEDIATE")
        if self._rows("SELECT 1 FROM pg_partitioned_table WHERE partrelid = to_regclass(%s)", self.table):
            return
        constraints = self._constraints()
        indexes = self._indexes()
        plain = f"{self.table}_unpartitioned"
        self._do(f"ALTER TABLE {self.quote(self.table)} RENAME TO {self.quote(plain)}")
        self._do(
            f"CREATE TABLE {self.quote(self.table)} (LIKE {self.quote(plain)} INCLUDING DEFAULTS INCLUDING STORAGE)"
            f" PARTITION BY RANGE ({self.quote(self.column)})"
        )
        self._number_by_sequence(plain)
        default = f"{self.table}_default"
        self._do(f"CREATE TABLE {self.quote(default)} PARTITION OF {self.quote(self.table)} DEFAULT")
        # Before the rows and their indexes: each row is written once, and each index built at the end.
        self.partitions = [default, *self._create_months(plain)]
        self._do(f"INSERT INTO {self.quote(self.table)} SELECT * FROM {self.quote(plain)}")  # noqa: S608
        self._set_sequences()
        self._do(f"DROP TABLE {self.quote(plain)}")
        for statement in [*self._primary_key(constraints), *self._others(constraints), *self._index_ddl(indexes)]:
            self._do(statement)

    def _do(self, sql: str) -> None:
        self.editor.execute(sql, params=None)

    def _rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.editor.connection.cursor() as cursor:
            cursor.execute(sql, values)
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

    def _constraints(self) -> list[tuple[str, str, str]]:
        """Return name, kind (p, u, c, f) and definition of each constraint."""
        return self._rows(
            "SELECT conname, contype::text, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = to_regclass(%s) AND contype IN ('p', 'u', 'c', 'f') ORDER BY conname",
            self.table,
        )

    def _indexes(self) -> list[tuple[str, str, bool]]:
        """Return name, definition and uniqueness of each index that is not a constraint's."""
        return self._rows(
            "SELECT relname, pg_get_indexdef(indexrelid), indisunique FROM pg_index JOIN pg_class ON oid = indexrelid"
            " WHERE indrelid = to_regclass(%s)"
            " AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))",
            self.table,
        )

    def _number_by_sequence(self, plain: str) -> None:
        """Give an identity column a sequence: before version 17 a partitioned table has no identity columns."""
        for (name,) in self._rows(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attidentity <> ''", plain
        ):
            table, column, sequence = self.quote(self.table), self.quote(name), f"{self.table}_{name}_numbers"
            self._do(f"CREATE SEQUENCE {self.quote(sequence)} AS bigint OWNED BY {table}.{column}")
            self._do(f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT nextval('{sequence}')")
            self.sequences[sequence] = column

    def _set_sequences(self) -> None:
        for sequence, column in self.sequences.items():
            highest = f"SELECT coalesce(max({column}), 0) + 1 FROM {self.quote(self.table)}"  # noqa: S608
            self._do(f"SELECT setval('{sequence}', ({highest}), false)")

    def _primary_key(self, constraints: list[tuple[str, str, str]]) -> list[str]:
        [(name, definition)] = [(name, text) for name, kind, text in constraints if kind == "p"]
        if self._holds_column(definition):
            return [self._add_constraint(self.table, name, definition)]
        columns = definition.removeprefix("PRIMARY KEY ")
        longer = columns.replace("(", f"({self.quote(self.column)}, ", 1)
        # Rows are also looked up by their own key alone.
        return [
            self._add_constraint(self.table, name, f"PRIMARY KEY {longer}"),
            *(
                f"CREATE UNIQUE INDEX {self.quote(f'{partition}_own_key')} ON {self.quote(partition)} {columns}"
                for partition in self.partitions
            ),
        ]

    def _others(self, constraints: list[tuple[str, str, str]]) -> list[str]:
        statements = []
        for name, kind, definition in constraints:
            if kind == "p":
                continue
            if kind == "u" and not self._holds_column(definition):
                self._expect_unique(name)
                statements += [
                    self._add_constraint(partition, self._name_in(partition, name), definition)
                    for partition in self.partitions
                ]
            else:
                # The rows are checked at once, and not at the end of the transaction.
                statements.append(self._add_constraint(self.table, name, definition))
        return statements

    def _index_ddl(self, indexes: list[tuple[str, str, bool]]) -> list[str]:
        statements = []
        for name, definition, is_unique in indexes:
            if is_unique and not self._holds_column(definition.rpartition(" WHERE ")[0] or definition):
                self._expect_unique(name)
                statements += [
                    definition.replace(f".{self.table} ", f".{partition} ", 1).replace(
                        f"INDEX {name} ", f"INDEX {self._name_in(partition, name)} ", 1
                    )
                    for partition in self.partitions
                ]
            else:
                statements.append(definition)
        return statements

    def _name_in(self, partition: str, name: str) -> str:
        """Return the name of a constraint or an index in one partition: the model's own in the default one."""
        suffix = partition.removeprefix(self.table)
        return name if suffix == "_default" else f"{name}{suffix}"

    def _holds_column(self, definition: str) -> bool:
        columns = definition.partition("(")[2].partition(")")[0]
        return self.column in {name.strip().strip('"') for name in columns.split(",")}

    def _expect_unique(self, name: str) -> None:
        if name not in self.unique_in_partition:
            raise ValueError(f"{name} does not hold {self.column}: name it in unique_in_partition, or change the key")

    def _add_constraint(self, table: str, name: str, definition: str) -> str:
        return f"ALTER TABLE {self.quote(table)} ADD CONSTRAINT {self.quote(name)} {definition}"

    def _create_months(self, plain: str) -> list[str]:
        """Create the months that have rows, and those that come. Return the names of the partitions."""
        column, table = self.quote(self.column), self.quote(plain)
        [(oldest, newest)] = self._rows(f"SELECT min({column}), max({column}) FROM {table}")  # noqa: S608
        span = months_between(Month.of_ulid(oldest), Month.of_ulid(newest)) if oldest else ()
        has_rows = f"SELECT EXISTS (SELECT 1 FROM {table} WHERE {column} >= %s AND {column} < %s)"  # noqa: S608
        months = [
            month for month in span if self._rows(has_rows, month.first_ulid, month.next().first_ulid) == [(True,)]
        ]
        return ensure_partitions(months, tables=[self.table])
