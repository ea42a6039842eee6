"""Promises about programs that the database keeps, declared in `Meta.constraints`.

`makemigrations` finds them like any other constraint. The SQL is handed to the schema editor as deferred
`Statement`s built of `Table` and `Columns`, so a rename or a drop in the same migration is followed.
"""

from __future__ import annotations

from typing import Any

from django.db import connection, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Columns, Statement, Table

ALL_PROGRAMS_ROLE = "academy_all"

# A plain function call, not `(select current_setting(…))`: that would hide the size of the program from the
# planner. Never `OR flag`: the all-programs role has a policy of its own instead.
POLICY = "program_id = nullif(current_setting('app.program_id', true), '')::uuid"


class DeferredConstraint(models.BaseConstraint):
    """A constraint whose SQL runs after the tables of the migration exist."""

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.deconstruct() == self.deconstruct()

    def __hash__(self) -> int:
        return hash(self.name)

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: str = "default") -> None:
        """Nothing to ask before saving: only the database can tell, and it does."""

    def constraint_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))
        return ""


class ProgramIsolation(DeferredConstraint):
    """Row-level security: a transaction sees and writes the rows of `app.program_id` and no others.

    Without that setting a query returns nothing and an insert is refused. Members of the all-programs role
    have a policy of their own. The owner of the table (migrations) is not bound: no FORCE.
    """

    def create_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Statement:
        assert model is not None and schema_editor is not None
        return Statement(
            "ALTER TABLE %(table)s ENABLE ROW LEVEL SECURITY; "
            f"CREATE POLICY %(own)s ON %(table)s USING ({POLICY}) WITH CHECK ({POLICY}); "
            f"CREATE POLICY %(every)s ON %(table)s TO {ALL_PROGRAMS_ROLE} USING (true) WITH CHECK (true)",
            table=Table(model._meta.db_table, schema_editor.quote_name),
            own=schema_editor.quote_name(self.name),
            every=schema_editor.quote_name(f"{self.name}_all"),
        )

    def remove_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Statement:
        """Row-level security stays on: without a policy every row is denied, never open."""
        assert model is not None and schema_editor is not None
        return Statement(
            "DROP POLICY %(own)s ON %(table)s; DROP POLICY %(every)s ON %(table)s",
            table=Table(model._meta.db_table, schema_editor.quote_name),
            own=schema_editor.quote_name(self.name),
            every=schema_editor.quote_name(f"{self.name}_all"),
        )


class Reference(DeferredConstraint):
    """A foreign key over several columns that is checked at once, with its action in the database.

    `columns` of this table point at `to_columns` of the table of model `to` ("app_label.ModelName").
    `on_delete` is the SQL action: CASCADE, RESTRICT, NO ACTION or SET NULL (column).
    """

    def __init__(
        self,
        *,
        name: str,
        columns: list[str],
        to: str,
        to_columns: list[str],
        on_delete: str,
        violation_error_code: str | None = None,
        violation_error_message: Any = None,
    ) -> None:
        self.columns, self.to, self.to_columns = list(columns), to, list(to_columns)
        self.on_delete = on_delete
        super().__init__(
            name=name,
            violation_error_code=violation_error_code,
            violation_error_message=violation_error_message,
        )

    def create_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Statement:
        assert model is not None and schema_editor is not None
        quote = schema_editor.quote_name
        to_table = model._meta.apps.get_model(self.to)._meta.db_table
        return Statement(
            "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s FOREIGN KEY (%(columns)s) "
            f"REFERENCES %(to_table)s (%(to_columns)s) ON DELETE {self.on_delete} "
            "DEFERRABLE INITIALLY IMMEDIATE",
            table=Table(model._meta.db_table, quote),
            name=quote(self.name),
            columns=Columns(model._meta.db_table, self.columns, quote),
            to_table=Table(to_table, quote),
            to_columns=Columns(to_table, self.to_columns, quote),
        )

    def remove_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Statement:
        assert model is not None and schema_editor is not None
        return Statement(
            "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s",
            table=Table(model._meta.db_table, schema_editor.quote_name),
            name=schema_editor.quote_name(self.name),
        )

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        kwargs |= {
            "columns": self.columns,
            "to": self.to,
            "to_columns": self.to_columns,
            "on_delete": self.on_delete,
        }
        return path, args, kwargs


def check_constraints_now() -> None:
    """Raise a pending violation of a deferred constraint here, in the view, and not at commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
