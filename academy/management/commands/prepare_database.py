"""`prepare_database`: what has to be true of the database before the application serves."""

from __future__ import annotations

import time
from typing import Any

import psycopg
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from environ import Env

from academy import database


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
        administrator, owner = env.str("DATABASE_ADMIN_URL", default=""), database.owner_url(env)
        self._wait_for_server(administrator or owner or database.runtime_url(env), deadline)
        if not owner:
            self._wait_for_migrations(deadline)
            return
        try:
            done = database.prepare(owner, database.runtime_url(env), administrator_url=administrator)
        except database.DatabaseSetupError as error:
            raise CommandError(str(error)) from error
        for statement in done:
            self.stdout.write(statement)
        call_command("migrate", interactive=False, verbosity=verbosity)

    def _wait_for_server(self, url: str, deadline: float) -> None:
        while True:
            try:
                psycopg.connect(url, connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if "does not exist" in str(error):  # it answers: the database or the role is made next
                    return
                if time.monotonic() > deadline:
                    raise CommandError(f"The database does not answer: {error}") from error
                time.sleep(0.5)
            else:
                return

    def _wait_for_migrations(self, deadline: float) -> None:
        while True:
            executor = MigrationExecutor(connection)
            missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
            connection.close()
            if not missing:
                return
            if time.monotonic() > deadline:
                names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in missing[:5])
                raise CommandError(
                    f"Migrations are missing ({names}), and DATABASE_OWNER_URL is not set to apply them."
                )
            time.sleep(1)
