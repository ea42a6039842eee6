from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from environ import Env

from database.backup import BackupError, dump


class Command(BaseCommand):
    help = "Write everything in the database into a file, also while Academy runs. `restore` reads it."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the file to write; one that is there is replaced")

    def handle(self, *, file: Path, **_: Any) -> None:
        try:
            dump(Env(), file)
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Everything is in {file}. Keep SECRET_KEY with it: a new one signs everybody out.")
