"""What people type never stands in the log of the database, whatever is refused and however."""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, models, transaction
from environ import Env
from psycopg import sql

import database
from database import log_settings
from database.embedded import Cluster
from database.server_files import SUPERUSER
from programs.testing import administrator_url, runtime_url
from web.logs import LogFormatter

WORD = "Erdnussallergie"
NOTE = f"{WORD}, severe\nuses an EpiPen against {WORD}"


def everything_logged(folder: Path) -> str:
    return "".join(path.read_text(errors="replace") for path in folder.iterdir())


# ---- the embedded server


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="academy-test-") as folder:
        cluster = Cluster(Path(folder), throwaway=True)
        cluster.start()
        with psycopg.connect(cluster.url(SUPERUSER, "postgres"), autocommit=True) as connected:
            connected.execute(TABLES)
        yield cluster
        cluster.release()


TABLES = """
CREATE TABLE parents (id text PRIMARY KEY);
CREATE TABLE notes (
    id int PRIMARY KEY, note text UNIQUE, short varchar(5), needed text NOT NULL DEFAULT '', parent text REFERENCES parents,
    CHECK (note NOT LIKE '%forbidden%'), EXCLUDE USING btree (short WITH =)
);
INSERT INTO notes (id, note) VALUES (1, ''), (2, '-');
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'refused: %', NEW.note USING DETAIL = NEW.note, HINT = NEW.note; END $$;
CREATE TABLE guarded (note text);
CREATE TRIGGER refuse BEFORE INSERT ON guarded FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TABLE closed (note text);
ALTER TABLE closed ENABLE ROW LEVEL SECURITY;
CREATE ROLE reader;
GRANT INSERT ON closed TO reader;
INSERT INTO notes (id, note) VALUES (3, '{NOTE}');
""".replace("{NOTE}", NOTE)
REFUSALS = {
    "check": "INSERT INTO notes (id, note) VALUES (9, 'forbidden {NOTE}')",
    "not null": "INSERT INTO notes (id, note, needed) VALUES (9, '{NOTE}', NULL)",
    "primary key": "INSERT INTO notes (id, needed) VALUES (1, '{NOTE}')",
    "unique": "INSERT INTO notes (id, note) VALUES (9, '{NOTE}')",
    "foreign key": "INSERT INTO notes (id, parent) VALUES (9, '{NOTE}')",
    "too long": "INSERT INTO notes (id, short) VALUES (9, '{NOTE}')",
    "cast to a number": "SELECT '{NOTE}'::int",
    "cast to a uuid": "SELECT '{NOTE}'::uuid",
    "cast to a date": "SELECT '{NOTE}'::date",
    "cast to json": "SELECT '{NOTE}'::jsonb",
    "cast in a program": "DO $$ DECLARE n int; BEGIN n := '{NOTE}'; END $$",
    "trigger": "INSERT INTO guarded VALUES ('{NOTE}')",
    "row-level security": "SET ROLE reader; INSERT INTO closed VALUES ('{NOTE}')",
    "right": "SET ROLE reader; SELECT * FROM notes WHERE note = '{NOTE}'",
    "syntax": "SELECT FROM WHERE '{NOTE}'",
    "name": 'SELECT "{NOTE}"',
    "regular expression": "SELECT 'x' ~ '({NOTE}'",
    "warning": "DO $$ BEGIN RAISE WARNING '%', '{NOTE}'; RAISE LOG '%', 1; RAISE EXCEPTION 'x'; END $$",
    "time": "SET statement_timeout = 50; SELECT pg_sleep(5), '{NOTE}'",
    "division": "SELECT 1 / 0, '{NOTE}'",
}


@pytest.mark.parametrize("refused", REFUSALS)
def test_a_refusal_leaves_no_word_in_the_log(server: Cluster, refused: str) -> None:
    with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connected:
        with pytest.raises(psycopg.Error):
            connected.execute(REFUSALS[refused].replace("{NOTE}", NOTE))  # type: ignore[arg-type]
    assert WORD not in everything_logged(server.log.parent)


def test_a_deadlock_leaves_no_word_in_the_log(server: Cluster) -> None:
    url, statement = server.url(SUPERUSER, "postgres"), "UPDATE notes SET needed = %s WHERE id = %s"
    failed: list[str] = []
    with psycopg.connect(url) as first, psycopg.connect(url) as second:
        first.execute(statement, [NOTE, 1])
        second.execute(statement, [NOTE, 2])
        other = threading.Thread(target=ends_well, args=(second, statement, [NOTE, 1], failed))
        other.start()
        time.sleep(0.3)
        ends_well(first, statement, [NOTE, 2], failed)
        first.rollback()
        other.join(10)
    assert failed == ["40P01"]
    assert WORD not in everything_logged(server.log.parent)


def ends_well(session: Any, statement: str, values: list[Any], failed: list[str]) -> None:
    """Run a statement; where it is the victim of a deadlock, add the SQLSTATE to `failed` and roll back."""
    try:
        session.execute(statement, values)
    except psycopg.errors.DeadlockDetected as error:
        failed.append(error.sqlstate)
        session.rollback()


def test_a_parameter_and_a_copy_leave_no_word_in_the_log(server: Cluster) -> None:
    with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connected:
        with pytest.raises(psycopg.Error):
            connected.execute("INSERT INTO notes (id, short) VALUES (9, %s)", [NOTE], prepare=True)
        with (
            pytest.raises(psycopg.Error),
            connected.cursor().copy("COPY notes (id, short) FROM STDIN") as copy,
        ):
            copy.write_row((9, NOTE))
    assert WORD not in everything_logged(server.log.parent)


def test_a_crash_leaves_no_word_in_the_log(server: Cluster) -> None:
    connected = psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True)
    process = connected.info.backend_pid
    killer = threading.Timer(0.5, os.kill, (process, signal.SIGKILL))
    killer.start()
    with pytest.raises(psycopg.OperationalError):
        connected.execute("SELECT pg_sleep(20), %s", [NOTE])
    killer.join()
    deadline = time.monotonic() + 20
    while "terminated by signal 9" not in everything_logged(server.log.parent):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert WORD not in everything_logged(server.log.parent)
    server.start()


def test_no_field_of_any_table_gets_into_the_log(db: None) -> None:
    cluster = database.embedded_cluster(Env())
    if cluster is None:
        pytest.skip("the log of another server can't be read")
    ours = [
        m
        for m in apps.get_models(include_auto_created=True)
        if "site-packages" not in apps.get_app_config(m._meta.app_label).path
    ]
    refused = 0
    for model in ours:
        for field in model._meta.concrete_fields:
            if not isinstance(field, models.CharField | models.TextField | models.JSONField):
                continue
            statement = sql.SQL("INSERT INTO {} ({}, id) VALUES ({}, {})").format(
                sql.Identifier(model._meta.db_table),
                sql.Identifier(field.column),
                sql.Literal(f"{NOTE} {field.name}"),
                sql.Literal(NOTE),
            )
            with connection.cursor() as cursor:
                with pytest.raises(DatabaseError), transaction.atomic():
                    cursor.execute(statement.as_string(None))
                refused += 1
    assert refused > 40
    assert WORD not in everything_logged(cluster.log.parent)


# ---- another server


@pytest.fixture
def talkative(server: Cluster) -> Iterator[str]:
    """The URL of the runtime role in a database whose sessions log what PostgreSQL logs by itself."""
    administrator = server.url(SUPERUSER, "postgres")
    database.prepare(
        server.url("owner", "talkative"), server.url("runtime", "talkative"), administrator_url=administrator
    )
    loud = {
        "log_min_error_statement": "error",
        "log_min_messages": "warning",
        "log_error_verbosity": "verbose",
    }
    with psycopg.connect(administrator, autocommit=True) as connected:
        for name, value in loud.items():
            connected.execute(f"ALTER DATABASE talkative SET {name} = {value}")  # type: ignore[arg-type]
        yield server.url("runtime", "talkative")
        connected.execute("DROP DATABASE talkative WITH (FORCE)")


def test_a_server_that_could_log_it_is_told_with_what_to_do(server: Cluster, talkative: str) -> None:
    (told,) = log_settings.warnings(talkative)
    for part in (
        "log_min_error_statement = error",
        'ALTER DATABASE "talkative" SET "log_error_verbosity" = \'terse\'',
    ):
        assert part in told
    with psycopg.connect(server.url(SUPERUSER, "talkative"), autocommit=True) as connected:
        connected.execute(told.partition("As a superuser: ")[2].partition(". Set")[0])  # type: ignore[arg-type]
    assert log_settings.warnings(talkative) == []


def test_an_administrator_sets_it_by_preparing(server: Cluster, talkative: str) -> None:
    owner, administrator = server.url("owner", "talkative"), server.url(SUPERUSER, "postgres")
    assert database.prepare(owner, talkative) == []  # the owner may not, and the start asks for it
    done = database.prepare(owner, talkative, administrator_url=administrator)
    assert len(done) == 3 and all(statement.startswith("ALTER DATABASE") for statement in done)
    assert log_settings.warnings(talkative) == []


def test_the_doctor_says_it(db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    name = connection.settings_dict["NAME"]
    monkeypatch.setenv("DEBUG", "on")  # no static files are collected here
    monkeypatch.setattr("database.setup.DATABASE", name)
    call_command("doctor")
    with psycopg.connect(administrator_url(name), autocommit=True) as connected:
        runtime = connection.settings_dict["USER"]
        try:
            connected.execute(
                f'ALTER ROLE {runtime} IN DATABASE "{name}" SET log_min_error_statement = error'
            )  # type: ignore[arg-type]
            with pytest.raises(CommandError, match="log_min_error_statement = error"):
                call_command("doctor")
        finally:
            connected.execute(f'ALTER ROLE {runtime} IN DATABASE "{name}" RESET log_min_error_statement')  # type: ignore[arg-type]
    assert log_settings.warnings(runtime_url()) == []


# ---- the log of the application


def test_an_error_of_the_database_is_logged_without_the_values(db: None) -> None:
    texts = []
    for statement in (f"SELECT '{NOTE}'::uuid", f"SELECT '{NOTE}'::int", f"SELECT FROM WHERE '{NOTE}'"):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        except DatabaseError:
            record = logging.LogRecord("x", logging.ERROR, "", 0, "Failed", (), sys.exc_info())
            texts.append(LogFormatter("{message}", style="{").format(record))
    assert len(texts) == 3
    for text in texts:
        assert WORD not in text
        assert "The above exception" in text and "django.db.utils." in text


def test_the_lines_of_a_failing_row_are_all_left_out() -> None:
    try:
        raise psycopg.errors.CheckViolation(
            f"refused\nDETAIL:  Failing row contains (1, {NOTE}\n\n{WORD}).\n"
        )
    except psycopg.Error:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "Failed", (), sys.exc_info())
    text = LogFormatter("{message}", style="{").format(record)
    assert WORD not in text and "DETAIL: …" in text
