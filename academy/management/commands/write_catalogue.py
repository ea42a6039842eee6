from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from programs import catalogue


class Command(BaseCommand):
    help = (
        "Write down what the migrations made of the database. Run it on a freshly migrated database after each new "
        "migration; the tests do so by themselves. The application serves no database that differs from it."
    )
    requires_system_checks = []

    def handle(self, **_: Any) -> None:
        changed = catalogue.write("default")
        self.stdout.write(f"{settings.CATALOGUE} {'is written' if changed else 'says so already'}.")
