"""`migrate`, as the owner and one process at a time."""

from typing import Any

from django.core.management.commands import migrate

from academy.management.owner import as_owner, one_at_a_time


class Command(migrate.Command):
    help = f"{migrate.Command.help} Runs as the owner role, under a lock that other machines respect."

    def handle(self, *args: Any, **options: Any) -> str | None:
        options["database"] = as_owner(options["database"])
        with one_at_a_time(options["database"]):
            return super().handle(*args, **options)
