"""Operations of migrations: many of a kind as one, and indexes of large tables that a killed start can repeat."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db.migrations import AddConstraint, AddIndex, RunSQL
from django.db.migrations.operations.base import Operation
from pgtrigger.migrations import AddTrigger

ADDING = (AddConstraint, AddIndex, AddTrigger)


class Together(Operation):
    """Does what `operations`, each of ADDING, do one after the other; works out their models once and not each time.

    Django makes a model and all that are related to it anew after each operation. With some 240 of them that was
    nine tenths of the time it took to migrate an empty database.
    """

    def __init__(self, operations: list[Any]) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: Any) -> None:
        made = state.__dict__.pop("apps", None)  # nothing is made anew while there is nothing
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


def together(operations: Iterable[Any]) -> list[Any]:
    """The operations of a migration, neighbours of ADDING as one. A long migration ends with a line that does this."""
    found: list[Any] = []
    for adding, neighbours in groupby(operations, key=lambda operation: type(operation) in ADDING):
        run = list(neighbours)
        found += [Together(run)] if adding else run
    return found


INDEX_IS_VALID = """
SELECT i.indisvalid AND i.indisready FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
WHERE c.relname = %s AND c.relnamespace = current_schema()::regnamespace
"""


class BuildIndex(AddIndexConcurrently):
    """Builds an index without stopping writes, and can be repeated after a kill at any point.

    CREATE INDEX CONCURRENTLY runs outside transactions. Killed halfway, it leaves an invalid index of that name, which
    is dropped and built anew; killed between the index and the note of the migration, the index is there already. Only
    in a migration with `atomic = False`, all of whose operations are of this kind or DropIndex.
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
    """Bring the names that are there into the form in which the trigger `clean_names` keeps them.

    A name that would be empty then, or that another row has already, stays: whoever edits the row next is told.
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
        """,  # noqa: S608  names of ours
        RunSQL.noop,
        elidable=True,
    )


def fold_anew(table: str, base: str, **columns: str) -> RunSQL:
    """Compute the folded `columns` (name=expression) again where they are not what their function gives now.

    `base` is a column that they are all made of. Nothing that a person sees changes, so nothing is recorded.
    """
    differs = " OR ".join(f"{name} IS DISTINCT FROM {made}" for name, made in columns.items())
    update = f"UPDATE {table} SET {base} = {base} WHERE {differs};"  # noqa: S608  names of ours
    sql = f"""
        SET CONSTRAINTS ALL IMMEDIATE;
        ALTER TABLE {table} DISABLE TRIGGER USER;
        {update}
        SET CONSTRAINTS ALL IMMEDIATE;
        ALTER TABLE {table} ENABLE TRIGGER USER;
    """
    return RunSQL(sql, RunSQL.noop, elidable=True)
