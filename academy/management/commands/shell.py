"""`shell --program Swimming`: Django's shell, inside a program."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import shell
from django.db import connection
from django.db.models import Q

from programs.models import Program
from programs.scope import use_program


class Command(shell.Command):
    help = (
        f"{shell.Command.help} With --program it runs inside that program, in one transaction: what was changed is "
        "written when the shell ends, unless by an exception."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--program", default="", help="The name or the id of the program to work in.")
        parser.add_argument("--read-only", action="store_true", help="Let the database refuse writes.")

    def handle(self, **options: Any) -> None:
        """Open the shell. Raises CommandError where there is no such program."""
        name, read_only = options.pop("program"), options.pop("read_only")
        if not name:
            if read_only:
                raise CommandError("--read-only goes with --program.")
            super().handle(**options)
            return
        with use_program(find_program(name), read_only=read_only):
            with connection.cursor() as cursor:  # somebody types, and reads between two statements
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            with suppress(SystemExit):  # exit() ends the shell, not the transaction
                super().handle(**options)


def find_program(name: str) -> Program:
    """The program called `name`, in whatever case, or of that id. Raises CommandError where there is none."""
    wanted = Q(name__iexact=name)
    with suppress(ValueError):
        wanted |= Q(pk=uuid.UUID(name))
    if program := Program.objects.filter(wanted).first():
        return program
    names = ", ".join(Program.objects.order_by("name").values_list("name", flat=True)[:20])
    raise CommandError(f"There is no program “{name}”. There are: {names or 'none'}.")
