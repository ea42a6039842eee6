"""Helpers of commands that run as the owner role, because the runtime role may not change tables."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.core.management.base import CommandError
from django.db import DEFAULT_DB_ALIAS, connections

from database import MIGRATION_LOCK, wait_for_lock

OWNER_ALIAS = "owner"

# The server looks after a statement's client once a second, and gives up a silent network after a minute: what a killed
# process had begun does not go on without it, and its lock is free soon, also when its machine is gone.
ABANDONED_SOON = {
    "client_connection_check_interval": "1s",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}


def as_owner(database: str) -> str:
    """The alias for a command that was given `database`. Raises CommandError where the owner is unknown."""
    if database != DEFAULT_DB_ALIAS:
        return database
    if OWNER_ALIAS not in settings.DATABASES:
        raise CommandError("Set DATABASE_OWNER_URL to the URL of the role that owns the tables.")
    return OWNER_ALIAS


@contextmanager
def one_at_a_time(database: str) -> Iterator[None]:
    """Wait until no other process migrates this database, on any machine; keep others waiting during the block.

    The lock belongs to the session that migrates. The server releases it only when the last statement of a killed
    process has ended, so no two processes migrate at once.
    """
    connections[database].ensure_connection()
    session: psycopg.Connection = connections[database].connection
    for setting, value in ABANDONED_SOON.items():
        with contextlib.suppress(psycopg.Error):  # not on every system
            session.execute("SELECT set_config(%s, %s, false)", [setting, value])
    wait_for_lock(session, MIGRATION_LOCK)
    try:
        yield
    finally:
        with contextlib.suppress(psycopg.Error):  # the session has ended, and the lock with it
            session.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])
