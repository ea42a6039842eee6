from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from academy.demo.catalogue import PASSWORD, STAFF
from academy.demo.seed import NameTaken, seed


class Command(BaseCommand):
    help = (
        "Add the demo academy: three programs with courses, students, facilities and staff. What is there is "
        "left alone, so a second run changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--force", action="store_true", help="Run although DEBUG is off: the demo's passwords are public."
        )

    def handle(self, *, force: bool, verbosity: int, **_: Any) -> None:
        if not (settings.DEBUG or force):
            raise CommandError(
                "DEBUG is off, and the demo brings users whose password everybody knows. "
                "Add --force if that is what you want."
            )
        try:
            added = seed()
        except NameTaken as error:
            raise CommandError(str(error)) from error
        if verbosity:
            counts = ", ".join(f"{count} {kind}" for kind, count in added.items() if count)
            self.stdout.write(
                f"Added {counts}." if counts else "The demo is there already; nothing was added."
            )
            self.stdout.write(f"Sign in with the password {PASSWORD} as")
            for user in STAFF:
                self.stdout.write(f"  {user.username:<12} {user.full_name}: {user.can}")
