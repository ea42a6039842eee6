"""The upgrade that makes user names unique in any case, on a database where they were not."""

from __future__ import annotations

from importlib import import_module

import psycopg
import pytest

from programs.testing import owner_url, scratch_database

MIGRATION = import_module("accounts.migrations.0004_names_in_any_case")
NEW = "INSERT INTO users (username, email, password_hash, created_at) VALUES (%s, %s, '', %s) RETURNING id"


def test_names_that_differed_in_case_alone_are_told_apart(db: None) -> None:
    with scratch_database() as name, psycopg.connect(owner_url(name)) as owner:
        owner.execute("DROP INDEX users_username_unique_any_case")
        named = ("anna", "Anna", "ANNA", "ben")
        keys = [
            str(owner.execute(NEW, [name, f"{number}@example.org", f"2026-01-0{4 - number}"]).fetchone()[0])  # type: ignore[index]
            for number, name in enumerate(named)
        ]
        for _again in range(2):  # also where it is repeated
            owner.execute(MIGRATION.TELL_APART)
            owner.execute(MIGRATION.CHECK_NOW)
            found: dict[str, str] = dict(owner.execute("SELECT id::text, username FROM users").fetchall())
            # The oldest keeps the name: here the last of them.
            assert [found[key] for key in keys] == [
                f"anna-{keys[0][:8]}",
                f"Anna-{keys[1][:8]}",
                "ANNA",
                "ben",
            ]
        owner.execute("CREATE UNIQUE INDEX users_username_unique_any_case ON users (lower(username))")
        with pytest.raises(psycopg.errors.UniqueViolation):
            owner.execute(NEW, ["BEN", "b@example.org", "2026-01-01"])
