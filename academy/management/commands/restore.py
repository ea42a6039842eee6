from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from environ import Env

from database import DatabaseSetupError
from database.backup import BackupError, drop_restored, replace, restore


class Command(BaseCommand):
    help = (
        "Restore a file of `backup` into a new database beside the present one. With --replace it takes the place of "
        "the present one, which is kept under another name."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="what `backup` wrote")
        parser.add_argument(
            "--drop", action="store_true", help="drop the database that an earlier restore made"
        )
        parser.add_argument("--replace", action="store_true", help="use it from now on; stop Academy before")

    def handle(self, *, file: Path | None, **options: Any) -> None:
        env = Env()
        if file is None and not options["drop"]:
            raise CommandError("Name the file to restore.")
        if file and not file.is_file():
            raise CommandError(f"There is no file {file}.")
        try:
            if options["drop"]:
                self.stdout.write(f"Dropped {drop_restored(env)}.")
            if not file:
                return
            name = restore(env, file)
            self.stdout.write(f"Restored into the database {name}.")
            if not options["replace"]:
                return
            before = replace(env, name)
        except (BackupError, DatabaseSetupError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("It is used from now on; the next start migrates it.")
        if before:
            self.stdout.write(f"What was there before is kept in the database {before}.")
