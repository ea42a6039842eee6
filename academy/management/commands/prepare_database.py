from __future__ import annotations

import time
from typing import Any

import psycopg
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import ProgrammingError, connection
from django.db.migrations.executor import MigrationExecutor
from environ import Env

import database
from academy.start import refusal_of, refused_role


class Command(BaseCommand):
    help = (
        "Wait for the database, make the roles and the database where they are missing (as DATABASE_ADMIN_URL, "
        "else as DATABASE_OWNER_URL), and migrate. Safe to run on several machines at once. Where only "
        "DATABASE_URL is known, wait until someone else has done it."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--wait", type=int, default=60, metavar="SECONDS", help="how long to wait for the database (60)"
        )

    def handle(self, *, wait: int, verbosity: int, **_: Any) -> None:
        deadline = time.monotonic() + wait
        env = Env()
        administrator, owner = database.administrator_url(env), database.owner_url(env)
        urls = {
            "DATABASE_ADMIN_URL": administrator,
            "DATABASE_OWNER_URL": owner,
            "DATABASE_URL": database.runtime_url(env),
        }
        variable, url = next((name, url) for name, url in urls.items() if url)
        self._wait_for_server(variable, url, deadline)
        if not owner:
            self._wait_for_migrations(deadline)
            return
        try:
            done = database.prepare(owner, database.runtime_url(env), administrator_url=administrator)
        except database.DatabaseSetupError as error:
            raise CommandError(str(error)) from error
        if verbosity:
            self.stdout.writelines(f"{statement}\n" for statement in done)
        if refused := refused_role(owner, "DATABASE_OWNER_URL"):
            raise CommandError(refused[0])
        call_command("migrate", interactive=False, verbosity=verbosity)
        if refused := refused_role(database.runtime_url(env)):
            raise CommandError(refused[0])

    def _wait_for_server(self, variable: str, url: str, deadline: float) -> None:
        while True:
            try:
                psycopg.connect(url, connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if refused := refusal_of(error, url, variable):
                    raise CommandError(refused[0]) from error
                if "does not exist" in str(error):  # it answers: the database or the role is made next
                    return
                if time.monotonic() > deadline:
                    raise CommandError(f"The database of {variable} does not answer: {error}") from error
                time.sleep(0.5)
            else:
                return

    def _wait_for_migrations(self, deadline: float) -> None:
        while missing := self._missing_migrations() or self._work_of_another():
            if time.monotonic() > deadline:
                raise CommandError(
                    f"Migrations are missing ({', '.join(missing[:5])}), and DATABASE_OWNER_URL is not set."
                )
            time.sleep(1)

    def _missing_migrations(self) -> list[str]:
        try:
            executor = MigrationExecutor(connection)
            plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        except ProgrammingError:  # no right to look yet: the very first migration is under way
            return ["all"]
        finally:
            connection.close()
        return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]

    def _work_of_another(self) -> list[str]:
        """What another process still does after its last migration, such as giving the runtime role its rights."""
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_xact_lock_shared(%s)", [database.MIGRATION_LOCK])
                return [] if cursor.fetchone() == (True,) else ["another process migrates"]
        finally:
            connection.close()
