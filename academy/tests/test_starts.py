"""Several starts at once, on an empty and on an older database, and what a killed one leaves behind."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.contrib.postgres.operations import NotInTransactionMixin
from django.core.management import call_command
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from database import MIGRATION_LOCK, prepare, wait_for_lock
from database.operations import BuildIndex, DropIndex
from programs.testing import administrator_url, owner_url, runtime_url, scratch_database
from scripts import starts

OURS = {config.label for config in apps.get_app_configs() if "site-packages" not in config.path}
LAST_WITHOUT = ("students", "0001_initial")
LAST_WITH = ("students", "0005_narrow_indexes")


@pytest.mark.slow
def test_three_starts_at_once_and_one_is_killed() -> None:
    """`python -m scripts.starts` does the same as often as one likes."""
    with starts.academy() as academy:
        for older in (False, True):
            academy.round(older=older, kill=1, after=random.uniform(2, 9))


# ---- waiting


def test_who_waits_for_the_lock_holds_no_snapshot_that_an_index_waits_for(db: None) -> None:
    with scratch_database(migrated=False) as name:
        url = owner_url(name)
        with psycopg.connect(url, autocommit=True) as first, psycopg.connect(url, autocommit=True) as second:
            wait_for_lock(first, MIGRATION_LOCK)
            waiting = threading.Thread(target=wait_for_lock, args=(second, MIGRATION_LOCK), daemon=True)
            waiting.start()
            first.execute("SET statement_timeout = '10s'")
            first.execute("CREATE TABLE rows AS SELECT 1 AS id")
            first.execute("CREATE INDEX CONCURRENTLY rows_by_id ON rows (id)")
            assert waiting.is_alive()
            first.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])
            waiting.join(10)
            assert not waiting.is_alive()


def test_the_roles_are_set_up_without_a_snapshot_as_well(db: None) -> None:
    from database import SETUP_LOCK

    with scratch_database(migrated=False) as name:
        with psycopg.connect(administrator_url(name), autocommit=True) as first:
            wait_for_lock(first, SETUP_LOCK)
            waiting = threading.Thread(target=prepare, args=(owner_url(name), runtime_url(name)), daemon=True)
            waiting.start()
            time.sleep(0.5)
            first.execute("SET statement_timeout = '10s'")
            first.execute("CREATE TABLE rows AS SELECT 1 AS id")
            first.execute("CREATE INDEX CONCURRENTLY rows_by_id ON rows (id)")
            assert waiting.is_alive()
            first.execute("SELECT pg_advisory_unlock(%s)", [SETUP_LOCK])
            waiting.join(10)
            assert not waiting.is_alive()


# ---- what a killed process leaves


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


@pytest.fixture
def aliases_at(django_db_setup: None, django_db_blocker: Any) -> Iterator[Callable[[str], None]]:
    """`aliases_at(name)`: let all our aliases lead to the database `name`, until the end of the test."""
    known = {alias: connections[alias].settings_dict["NAME"] for alias in connections}

    def lead_to(name: str) -> None:
        for alias in known:
            connections[alias].close()
            connections[alias].settings_dict["NAME"] = name

    with django_db_blocker.unblock():
        yield lead_to
        for alias, before in known.items():
            connections[alias].close()
            connections[alias].settings_dict["NAME"] = before


def migrate_and_die(dies: Callable[[str], bool], *target: str) -> bool:
    """Migrate until a statement for which `dies` is true, and lose the connection there; whether it came to that."""

    def watch(execute: Any, statement: Any, params: Any, many: bool, context: Any) -> Any:
        if dies(str(statement)):
            context["connection"].connection.close()
            raise Killed
        return execute(statement, params, many, context)

    try:
        with connections["owner"].execute_wrapper(watch):
            call_command("migrate", *target, verbosity=0)
    except Killed:
        return True
    finally:
        connections["owner"].close()
    return False


def has_table(owner: psycopg.Connection[Any], name: str) -> bool:
    return owner.execute("SELECT to_regclass(%s)", [name]).fetchone() != (None,)


def applied(owner: psycopg.Connection[Any], app: str) -> int:
    (count,) = owner.execute("SELECT count(*) FROM django_migrations WHERE app = %s", [app]).fetchone()  # type: ignore[misc]
    return int(count)


def indexes(owner: psycopg.Connection[Any]) -> dict[str, bool]:
    return dict(
        owner.execute(
            "SELECT indexrelid::regclass::text, indisvalid FROM pg_index WHERE indrelid = 'students'::regclass"
        ).fetchall()
    )


NEW = ("students_all_by_number", "students_by_sort_name", "students_by_student_id")
OLD = ("students_by_name", "students_by_number")


@pytest.mark.slow
def test_a_kill_between_any_two_statements_of_an_index_build_can_be_repeated(
    aliases_at: Callable[[str], None],
) -> None:
    with scratch_database() as name:
        aliases_at(name)
        with psycopg.connect(owner_url(name), autocommit=True) as owner:
            call_command("migrate", *LAST_WITH, verbosity=0)
            expected = indexes(owner)
            assert set(NEW) <= set(expected) and not set(OLD) & set(expected)
            call_command("migrate", *LAST_WITHOUT, verbosity=0)
            assert set(OLD) <= set(indexes(owner)) and not set(NEW) & set(indexes(owner))
            deaths = 0
            while migrate_and_die(dies_at(deaths), *LAST_WITH):  # one statement later each time
                deaths += 1
                call_command("migrate", *LAST_WITH, verbosity=0)
                assert indexes(owner) == expected
                call_command("migrate", *LAST_WITHOUT, verbosity=0)
            assert deaths > 10


def dies_at(number: int) -> Callable[[str], bool]:
    """True for the statement of that number among those that change something."""
    seen = 0

    def dies(statement: str) -> bool:
        nonlocal seen
        if not statement.startswith(("CREATE", "DROP", "ALTER", 'INSERT INTO "django_migrations"')):
            return False
        seen += 1
        return seen == number + 1

    return dies


def test_an_invalid_index_is_built_anew(aliases_at: Callable[[str], None]) -> None:
    with scratch_database() as name:
        aliases_at(name)
        call_command("migrate", *LAST_WITHOUT, verbosity=0)
        with psycopg.connect(owner_url(name), autocommit=True) as owner:
            owner.execute("CREATE TABLE other AS SELECT 1 AS id FROM generate_series(1, 2)")
            with pytest.raises(psycopg.errors.UniqueViolation):  # what a build that is cut off leaves behind
                owner.execute("CREATE UNIQUE INDEX CONCURRENTLY students_all_by_number ON other (id)")
            call_command("migrate", *LAST_WITH, verbosity=0)
            assert indexes(owner)["students_all_by_number"] is True
            owner.execute("DROP TABLE other")


def test_a_migration_is_noted_in_the_transaction_that_does_it(aliases_at: Callable[[str], None]) -> None:
    """Also one with deferred SQL, which Django notes afterwards."""
    with scratch_database() as name:
        aliases_at(name)
        with psycopg.connect(owner_url(name), autocommit=True) as owner:
            noting = '"django_migrations"'
            undone = migrate_and_die(
                lambda text: text.startswith("DELETE") and noting in text, "desk", "zero"
            )
            assert undone and has_table(owner, "saved_views") and applied(owner, "desk") > 0
            call_command("migrate", "desk", "zero", verbosity=0)
            assert not has_table(owner, "saved_views")
            done = migrate_and_die(lambda text: text.startswith("INSERT") and noting in text, "desk", "0001")
            assert done and not has_table(owner, "saved_views") and applied(owner, "desk") == 0
            call_command("migrate", "desk", verbosity=0)
            assert has_table(owner, "saved_views")


def test_outside_a_transaction_stands_only_what_can_be_repeated() -> None:
    loader = MigrationLoader(None)
    outside = [m for (app, _), m in loader.disk_migrations.items() if app in OURS and not m.atomic]
    assert outside
    for migration in outside:
        assert {type(operation) for operation in migration.operations} <= {BuildIndex, DropIndex}
    for (app, _), migration in loader.disk_migrations.items():
        for operation in migration.operations:
            if isinstance(operation, NotInTransactionMixin):
                assert type(operation) in {BuildIndex, DropIndex} and not migration.atomic, (app, migration)
