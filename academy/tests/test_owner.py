"""Commands that change tables run as the owner, one at a time; tests that commit leave nothing behind."""

from __future__ import annotations

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections

from academy.management.owner import as_owner, one_at_a_time
from accounts.factories import UserFactory
from accounts.models import User
from database import MIGRATION_LOCK


def test_owner_stands_in_for_the_runtime_role() -> None:
    assert as_owner("default") == "owner"
    assert as_owner("owner") == "owner"


def test_unknown_owner_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(settings.DATABASES, "owner")
    with pytest.raises(CommandError, match="DATABASE_OWNER_URL"):
        as_owner("default")


@pytest.mark.django_db(databases=["default", "owner"])
def test_migrating_holds_a_lock_that_other_machines_see() -> None:
    params = connections["owner"].get_connection_params()
    with psycopg.connect(**params) as other, one_at_a_time("owner"):
        assert other.execute("SELECT pg_try_advisory_lock(%s)", [MIGRATION_LOCK]).fetchone() == (False,)
    with psycopg.connect(**params) as other:
        assert other.execute("SELECT pg_try_advisory_lock(%s)", [MIGRATION_LOCK]).fetchone() == (True,)


@pytest.mark.django_db(databases=["default", "owner"])
def test_migrate_finds_every_table_made() -> None:
    call_command("migrate", check_unapplied=True, verbosity=0)  # exits with an error where one is missing


@pytest.mark.parametrize("_time", [1, 2])
def test_committed_rows_are_gone_in_the_next_test(transactional_db: None, _time: int) -> None:
    assert not User.objects.exists()
    UserFactory()
    assert User.objects.count() == 1


def test_runtime_role_may_not_truncate(db: None) -> None:
    assert settings.DATABASES["default"]["USER"] != settings.DATABASES["owner"]["USER"]
    with pytest.raises(Exception, match="permission denied"), connections["default"].cursor() as cursor:
        cursor.execute("TRUNCATE users")
