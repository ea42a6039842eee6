"""Commands that change tables run as the owner: the role that serves may not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import CommandError
from django.db import DEFAULT_DB_ALIAS, connections

from academy.database import MIGRATION_LOCK

OWNER_ALIAS = "owner"


def as_owner(database: str) -> str:
    """The alias for a command that was given `database`. Raises CommandError where the owner is unknown."""
    if database != DEFAULT_DB_ALIAS:
        return database
    if OWNER_ALIAS not in settings.DATABASES:
        raise CommandError("Set DATABASE_OWNER_URL to the URL of the role that owns the tables.")
    return OWNER_ALIAS


@contextmanager
def one_at_a_time(database: str) -> Iterator[None]:
    """Wait until no other process migrates this database, on any machine."""
    params: dict[str, Any] = connections[database].get_connection_params()
    # A connection of its own: the lock lasts as long as the session, whatever the migrations do in theirs.
    with psycopg.connect(**params, autocommit=True) as session:
        session.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        yield
