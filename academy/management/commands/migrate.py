from typing import Any

from django.core.management.commands import migrate
from django.db.migrations.executor import MigrationExecutor

from academy.management.owner import as_owner, one_at_a_time


class RecordingExecutor(MigrationExecutor):
    """Notes an atomic migration as done in the transaction that does it.

    Django notes one that has deferred SQL, such as foreign keys, and each that is undone, in a transaction of its own.
    A process killed between the two would leave tables that the next one tries to make again.
    """

    def apply_migration(
        self, state: Any, migration: Any, fake: bool = False, fake_initial: bool = False
    ) -> Any:
        if fake or fake_initial or not migration.atomic:
            return super().apply_migration(state, migration, fake, fake_initial)
        self._tell("apply_start", migration)
        with self.connection.schema_editor(atomic=True) as schema_editor:
            state = migration.apply(state, schema_editor)
            _run_deferred(schema_editor)
            self.record_migration(migration)  # type: ignore[call-arg]  # the stubs are those of an older Django
        self._tell("apply_success", migration)
        return state

    def unapply_migration(self, state: Any, migration: Any, fake: bool = False) -> Any:
        if fake or not migration.atomic:
            return super().unapply_migration(state, migration, fake)
        self._tell("unapply_start", migration)
        with self.connection.schema_editor(atomic=True) as schema_editor:
            state = migration.unapply(state, schema_editor)
            _run_deferred(schema_editor)
            for app_label, name in [*migration.replaces, (migration.app_label, migration.name)]:
                self.recorder.record_unapplied(app_label, name)
        self._tell("unapply_success", migration)
        return state

    def _tell(self, event: str, migration: Any) -> None:
        if self.progress_callback:
            self.progress_callback(event, migration, False)


def _run_deferred(schema_editor: Any) -> None:
    for statement in schema_editor.deferred_sql:
        schema_editor.execute(statement, None)
    schema_editor.deferred_sql.clear()


class Command(migrate.Command):
    help = f"{migrate.Command.help} Runs as the owner role, under a lock that other machines respect."

    def get_check_kwargs(self, options: dict[str, Any]) -> dict[str, Any]:
        """Check as the owner: what serving needs for isolation is what the migrations make."""
        return super().get_check_kwargs({**options, "database": as_owner(options["database"])})  # type: ignore[return-value]

    def handle(self, *args: Any, **options: Any) -> str | None:
        options["database"] = as_owner(options["database"])
        migrate.MigrationExecutor = RecordingExecutor  # type: ignore[attr-defined]  # Django's command has no other way to be given one
        with one_at_a_time(options["database"]):
            return super().handle(*args, **options)
