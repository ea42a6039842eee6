from __future__ import annotations

from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError
from environ import Env

import database
from academy import start
from database import log_settings


class Command(BaseCommand):
    help = (
        "Say what is wrong with this installation: variables, static files, the database, whether programs are isolated, and its log. "
        "Ends with 1 where something is."
    )
    requires_system_checks = []

    def handle(self, **_: Any) -> None:
        found = findings(Env())
        if found:
            raise CommandError("\n- ".join(["This is wrong:", *found]))
        self.stdout.write("Nothing is wrong.")


def findings(env: Env) -> list[str]:
    """A sentence for each problem."""
    found = start.problems(env)
    try:
        found += log_settings.warnings(database.runtime_url(env))
        found += _isolation()
    except psycopg.OperationalError as error:
        found.append(f"The database does not answer: {str(error).splitlines()[0]}")
    return found


def _isolation() -> list[str]:
    from django.db import connection

    from programs.isolation_checks import isolation_violations

    connection.ensure_connection()
    return isolation_violations()
