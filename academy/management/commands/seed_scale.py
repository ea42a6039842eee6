from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from academy.demo import scale
from academy.demo.catalogue import PASSWORD
from academy.management.owner import OWNER_ALIAS


class Command(BaseCommand):
    help = (
        f"Load a large academy through COPY, as the owner role: “{scale.LARGE}” with a tenth of the students, "
        f"“{scale.SMALL}” with {scale.SMALL_SIZE}, the others with the rest."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--programs", type=int, default=1000)
        parser.add_argument("--students", type=int, default=1_000_000)
        parser.add_argument(
            "--reset", action="store_true", help="Delete the scale programs that are there first."
        )
        parser.add_argument(
            "--without-history",
            action="store_true",
            help="Record no history of what is loaded: quicker, smaller.",
        )
        parser.add_argument(
            "--force", action="store_true", help="Run although DEBUG is off: the users' password is public."
        )

    def handle(
        self,
        *,
        programs: int,
        students: int,
        reset: bool,
        without_history: bool,
        force: bool,
        verbosity: int,
        **_: Any,
    ) -> None:
        if not (settings.DEBUG or force):
            raise CommandError(
                "DEBUG is off, and this brings users whose password everybody knows. Add --force if that is "
                "what you want."
            )
        if OWNER_ALIAS not in settings.DATABASES:
            raise CommandError("Set DATABASE_OWNER_URL to the URL of the role that owns the tables.")

        def log(line: str) -> None:
            if verbosity:
                self.stdout.write(line)
                self.stdout.flush()

        try:
            seconds = scale.load(programs, students, log, history=not without_history, reset=reset)
        except scale.ScaleError as error:
            raise CommandError(str(error)) from error
        log(f"{students:,} students in {programs:,} programs in {seconds:.0f} s.")
        log(
            f"Sign in with the password {PASSWORD} as scale-large (coordinator of {scale.LARGE}), "
            f"scale-small (coordinator of {scale.SMALL}) or super."
        )
