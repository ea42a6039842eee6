"""Which database the environment names, and how its roles are made."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from environ import Env
from psycopg.conninfo import make_conninfo

import database
from database.embedded import Cluster
from database.server_files import SUPERUSER, program_folder

Prepare = Callable[..., list[str]]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Env]:
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_POOL_SIZE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ACADEMY_DATA", str(tmp_path))

    def make(**values: str) -> Env:
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        return Env()

    return make


def test_without_url_the_embedded_server_is_used(environment: Callable[..., Env], tmp_path: Path) -> None:
    found = database.databases(environment())
    assert found["default"]["USER"] == "academy_app"
    assert found["owner"]["USER"] == "academy_owner"
    assert found["default"]["HOST"] == found["owner"]["HOST"] == str(tmp_path / "socket")


def test_with_url_no_server_is_started(environment: Callable[..., Env], tmp_path: Path) -> None:
    env = environment(DATABASE_URL="postgresql://app:s%40crét@db:6432/academy?sslmode=require")
    database.start(env)
    found = database.databases(env)
    assert list(tmp_path.iterdir()) == []
    assert list(found) == ["default"]  # nothing that could migrate
    wanted = {"USER": "app", "PASSWORD": "s@crét", "HOST": "db", "PORT": "6432", "NAME": "academy"}
    assert {name: found["default"][name] for name in wanted} == wanted
    assert found["default"]["OPTIONS"]["sslmode"] == "require"


def test_nothing_of_a_session_outlives_a_transaction(environment: Callable[..., Env]) -> None:
    found = database.databases(environment())["default"]
    assert found["OPTIONS"]["prepare_threshold"] is None
    assert found["DISABLE_SERVER_SIDE_CURSORS"] is True
    assert "server_side_binding" not in found["OPTIONS"]


def test_pool_is_on_and_can_be_sized(environment: Callable[..., Env]) -> None:
    assert database.databases(environment())["default"]["OPTIONS"]["pool"]["max_size"] == 10
    assert (
        database.databases(environment(DATABASE_POOL_SIZE="1"))["default"]["OPTIONS"]["pool"]["min_size"] == 1
    )
    assert "pool" not in database.databases(environment(DATABASE_POOL_SIZE="0"))["default"]["OPTIONS"]


def test_local_secret_is_made_once_and_closed(environment: Callable[..., Env], tmp_path: Path) -> None:
    secret = database.local_secret(environment())
    assert len(secret) > 50
    assert database.local_secret(environment()) == secret
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["secret-key"]


def test_deployment_has_no_local_secret(environment: Callable[..., Env]) -> None:
    assert database.local_secret(environment(DATABASE_URL="postgresql://app@db/academy")) == ""


def test_tests_run_as_the_runtime_role(db: None) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolbypassrls, rolinherit, "
            "EXISTS (SELECT FROM pg_class WHERE relowner = r.oid) FROM pg_roles r WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (False, False, False, False)
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("30s",)


# ---- prepare: on an embedded server of its own, seen as if it were anyone's


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="academy-test-") as folder:
        cluster = Cluster(Path(folder), throwaway=True)
        cluster.start()
        yield cluster
        cluster.release()


@pytest.fixture
def prepare(server: Cluster) -> Iterator[Prepare]:
    """`prepare(…)` for a new owner, runtime role and database; they are removed afterwards."""
    administrator = server.url(SUPERUSER, "postgres")
    owner = make_conninfo(server.url("an owner", "a database"), password="x")
    runtime = make_conninfo(server.url("a runtime", "a database"), password="it's secret")

    def run(**options: Any) -> list[str]:
        return database.prepare(options.pop("owner", owner), runtime, **options)

    yield run
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute('DROP DATABASE IF EXISTS "a database"')
        for role in ("a runtime", "an owner", "academy_all"):
            connection.execute(f'DROP ROLE IF EXISTS "{role}"')  # type: ignore[arg-type]


def as_administrator(server: Cluster, *statements: str) -> None:
    with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[arg-type]


def test_prepare_makes_everything_once(server: Cluster, prepare: Prepare) -> None:
    administrator = server.url(SUPERUSER, "postgres")
    assert len(prepare(administrator_url=administrator)) > 5
    assert prepare(administrator_url=administrator) == []
    assert prepare() == []  # the owner alone sees that nothing is missing


def test_prepare_makes_a_runtime_role_that_is_bound(server: Cluster, prepare: Prepare) -> None:
    prepare(administrator_url=server.url(SUPERUSER, "postgres"))
    with psycopg.connect(server.url("a runtime", "a database"), autocommit=True) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine ()")
        with connection.transaction():
            connection.execute("SET LOCAL ROLE academy_all")
        role = connection.execute(
            "SELECT rolinherit, rolsuper, rolbypassrls, pg_has_role(current_user, 'academy_all', 'USAGE'), "
            "pg_has_role(current_user, 'academy_all', 'SET') FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert role == (False, False, False, False, True)
        timeouts = connection.execute(
            "SELECT current_setting('statement_timeout'), current_setting('lock_timeout'), "
            "current_setting('idle_in_transaction_session_timeout')"
        ).fetchone()
        assert timeouts == ("30s", "5s", "1min")


def test_prepare_takes_back_dangerous_rights(server: Cluster, prepare: Prepare) -> None:
    administrator = server.url(SUPERUSER, "postgres")
    prepare(administrator_url=administrator)
    as_administrator(server, 'ALTER ROLE "a runtime" SUPERUSER BYPASSRLS INHERIT')
    as_administrator(server, 'GRANT academy_all TO "a runtime" WITH INHERIT TRUE')
    assert len(prepare(administrator_url=administrator)) == 2
    assert prepare(administrator_url=administrator) == []


def test_prepare_works_as_an_owner_who_may_create_roles(server: Cluster, prepare: Prepare) -> None:
    as_administrator(server, 'CREATE ROLE "an owner" LOGIN CREATEROLE CREATEDB')
    assert any(statement.startswith("CREATE DATABASE") for statement in prepare())
    assert prepare() == []


def test_prepare_says_what_an_administrator_must_run(server: Cluster, prepare: Prepare) -> None:
    as_administrator(server, 'CREATE ROLE "an owner" LOGIN', 'CREATE DATABASE "a database" OWNER "an owner"')
    with pytest.raises(database.DatabaseSetupError) as refused:
        prepare()
    told = [line.strip() for line in str(refused.value).splitlines()[1:]]
    assert "it's secret" not in str(refused.value)
    as_administrator(server, *(line.replace("'…'", "'p'") for line in told if "SCHEMA" not in line))
    with psycopg.connect(server.url(SUPERUSER, "a database"), autocommit=True) as connection:
        for line in told:
            if "SCHEMA" in line:
                connection.execute(line)  # type: ignore[arg-type]
    assert prepare() == []


def test_a_dump_is_restored_by_the_owner_into_a_prepared_database(server: Cluster, prepare: Prepare) -> None:
    prepare(administrator_url=server.url(SUPERUSER, "postgres"))
    url, binaries = server.url("an owner", "a database"), program_folder()
    dump = subprocess.run(
        [binaries / "pg_dump", "--format=custom", url], check=True, capture_output=True, timeout=60
    )
    restore = [binaries / "pg_restore", "--no-owner", "--role=an owner", "--exit-on-error", f"--dbname={url}"]
    done = subprocess.run(restore, check=False, input=dump.stdout, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    with psycopg.connect(server.url("a runtime", "a database")) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT lo_create(0)")


def test_prepare_refuses_one_role_for_both(server: Cluster, prepare: Prepare) -> None:
    with pytest.raises(database.DatabaseSetupError, match="same role"):
        prepare(owner=server.url("a runtime", "a database"))


def test_owner_alias_is_never_pooled() -> None:
    assert "pool" not in settings.DATABASES["owner"]["OPTIONS"]
