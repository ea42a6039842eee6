from typing import Any

from django.core.management.commands import flush

from academy.management.owner import as_owner


class Command(flush.Command):
    help = f"{flush.Command.help} Runs as the owner role."

    def handle(self, **options: Any) -> str | None:
        return super().handle(**{**options, "database": as_owner(options["database"])})
