"""Operations of migrations: batches, indexes that are built without stopping writes, and updates of stored text."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db.migrations import AddConstraint, AddIndex, RunSQL
from django.db.migrations.operations.base import Operation
from pgtrigger.migrations import AddTrigger

BATCHED = (AddConstraint, AddIndex, AddTrigger)


class OperationBatch(Operation):
    """Runs `operations`, all of the types in BATCHED, and renders the models of the migration state once for all.

    Django renders a model and everything related to it again after each operation. With some 240 of them that took
    nine tenths of the time of migrating an empty database.
    """

    def __init__(self, operations: list[Any]) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: Any) -> None:
        made = state.__dict__.pop("apps", None)  # without rendered models, nothing is rendered again
        for operation in self.operations:
            operation.state_forwards(app_label, state)
        if made is not None:
            state.__dict__["apps"] = made
            state.reload_models({(app_label, op.model_name.lower()) for op in self.operations}, delay=True)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return "; ".join(operation.describe() for operation in self.operations)


def batch_operations(operations: Iterable[Any]) -> list[Any]:
    """The operations of a migration, with each run of neighbours of the types in BATCHED as one `OperationBatch`.

    The last line of a long migration is `Migration.operations = batch_operations(Migration.operations)`.
    """
    found: list[Any] = []
    for adding, neighbours in groupby(operations, key=lambda operation: type(operation) in BATCHED):
        run = list(neighbours)
        found += [OperationBatch(run)] if adding else run
    return found


INDEX_IS_VALID = """
SELECT i.indisvalid AND i.indisready FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
WHERE c.relname = %s AND c.relnamespace = current_schema()::regnamespace
"""


class BuildIndex(AddIndexConcurrently):
    """Builds an index without stopping writes, and can be repeated after a kill at any point.

    CREATE INDEX CONCURRENTLY runs outside transactions. Killed halfway, it leaves an invalid index of that name, which
    is dropped and built again. Killed before the migration is recorded, the index exists and is left as it is. Use it
    only in a migration with `atomic = False` that has no other operations than this one and DropIndex.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if _index_is_valid(schema_editor, self.index.name):
            return
        _drop_index(schema_editor, self.index.name)
        super().database_forwards(app_label, schema_editor, from_state, to_state)


class DropIndex(RemoveIndexConcurrently):
    """Drops an index without stopping writes. Can be repeated in both directions, as BuildIndex can."""

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if _index_is_valid(schema_editor, self.name):
            return
        _drop_index(schema_editor, self.name)
        super().database_backwards(app_label, schema_editor, from_state, to_state)


def _index_is_valid(schema_editor: Any, name: str) -> bool:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(INDEX_IS_VALID, [name])
        found = cursor.fetchone()
    return bool(found and found[0])


def _drop_index(schema_editor: Any, name: str) -> None:
    schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(name)}")


def clean_names(table: str, *columns: str) -> RunSQL:
    """Normalise the names in `columns` of `table` as the trigger `clean_names` does for new ones.

    A name that would become empty or a duplicate stays as it is; the form says so when the row is edited next.
    """
    cleaned = ", ".join(f"{column} = academy_clean_name({column})" for column in columns)
    differs = " OR ".join(f"{column} <> academy_clean_name({column})" for column in columns)
    return RunSQL(
        f"""
        DO $do$
        DECLARE
            key uuid;
        BEGIN
            FOR key IN SELECT id FROM {table} WHERE {differs} LOOP
                BEGIN
                    UPDATE {table} SET {cleaned} WHERE id = key;
                EXCEPTION WHEN check_violation OR unique_violation THEN NULL;
                END;
            END LOOP;
        END
        $do$
        """,  # noqa: S608  constant names
        RunSQL.noop,
        elidable=True,
    )


def fold_anew(table: str, base: str, **columns: str) -> RunSQL:
    """Compute the folded `columns` (name=expression) of `table` again where they differ from their expression.

    `base` is a column that all of them are computed from. Nothing that users see changes, so the history records
    nothing.
    """
    differs = " OR ".join(f"{name} IS DISTINCT FROM {made}" for name, made in columns.items())
    update = f"UPDATE {table} SET {base} = {base} WHERE {differs};"  # noqa: S608  constant names
    sql = f"""
        SET CONSTRAINTS ALL IMMEDIATE;
        ALTER TABLE {table} DISABLE TRIGGER USER;
        {update}
        SET CONSTRAINTS ALL IMMEDIATE;
        ALTER TABLE {table} ENABLE TRIGGER USER;
    """
    return RunSQL(sql, RunSQL.noop, elidable=True)
