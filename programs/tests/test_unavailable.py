"""No database: a plain page that says so, nothing lost, and work goes on when it is back."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection

from accounts.models import Role
from facilities.factories import FacilityFactory
from facilities.models import Facility
from programs.error_pages import error_cause
from programs.models import Program
from programs.scope import use_program
from programs.testing import (
    PageClient,
    administrator_url,
    make_member,
    owner_url,
    runtime_url,
    scratch_database,
)

ROOT = Path(__file__).resolve().parent.parent.parent
HALL = {"name": "Great hall", "facility_type": "gym", "status": "active"}


@contextmanager
def no_server() -> Iterator[None]:
    """The application's connection leads to a port where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but not listening: every connection is refused
        settings = connection.settings_dict
        known = {key: settings[key] for key in ("HOST", "PORT")}
        connection.close()
        settings.update(HOST="127.0.0.1", PORT=str(taken.getsockname()[1]))
        try:
            yield
        finally:
            connection.close()
            settings.update(known)


@pytest.fixture
def session(transactional_db: None) -> PageClient:
    program = Program.objects.create(name="Swimming")
    client = PageClient(make_member(Role.PROGRAM_ADMIN, program), program)
    assert client.get("/").status_code == 200
    return client


@pytest.mark.parametrize("path", ["/", "/facilities/", "/facilities/new/", "/programs/", "/admin/"])
def test_a_page_without_a_database_is_a_plain_503(session: PageClient, path: str) -> None:
    with no_server():
        response = session.get(path)
        assert response.status_code == 503
        assert "default-src 'none'" in response["Content-Security-Policy"]
        assert "<form" not in response.text and "Traceback" not in response.text
        assert session.head(path).status_code == 503
    assert session.get("/").status_code == 200


def test_the_cause_is_in_the_log_and_no_secret_with_it(
    session: PageClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "hunter22222")
    with no_server():
        session.post("/facilities/new/?q=typed", HALL)
    (line,) = [record.getMessage() for record in caplog.records if record.name == "programs.error_pages"]
    assert line.startswith("503 for POST facilities/new/: OperationalError: connection failed: ")
    assert "Connection refused" in line and "\n" not in line
    for secret in ("hunter22222", "typed", "Great hall", session.cookies["sessionid"].value):
        assert secret not in line


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        ("bad URL postgresql://app:pa%20ss@db/academy", "bad URL postgresql://app:…@db/academy"),
        ("no: password=pass host=db", "no: password=… host=db"),
        ("no: password = 'pa ss' host=db", "no: password = … host=db"),
        ("locked\nCONTEXT: while updating (Grace)", "locked"),
    ],
)
def test_what_could_be_secret_is_left_out_of_the_log(said: str, logged: str) -> None:
    assert error_cause(OperationalError(said)) == f"OperationalError: {logged}"


def test_what_was_typed_is_shown_and_can_be_sent_again(session: PageClient) -> None:
    with no_server():
        response = session.post("/facilities/new/", HALL)
        assert response.status_code == 503
        assert "<dd>Great hall</dd>" in response.text
        assert str(session.program.pk) not in response.text
    assert session.post("/facilities/new/", HALL).status_code == 302
    with use_program(session.program):
        assert Facility.objects.count() == 1


def test_signing_in_without_a_database_is_a_503_that_does_not_show_the_password(session: PageClient) -> None:
    stranger = PageClient()
    with no_server():
        response = stranger.post("/accounts/login/", {"username": "grace", "password": "hunter22222"})
        assert response.status_code == 503
        assert "hunter22222" not in response.text
    assert stranger.get("/accounts/login/").status_code == 200


def test_a_connection_that_breaks_inside_a_request_is_a_503(
    session: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    administrator = administrator_url()
    place = Facility.place_restored

    def broken(self: Facility) -> None:
        place(self)
        ((pid,),) = _pid()
        with psycopg.connect(administrator, autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(%s)", [pid])

    with use_program(session.program):
        hall = FacilityFactory(deleted_at="2025-01-01T00:00Z")
    monkeypatch.setattr(Facility, "place_restored", broken)
    assert session.post(f"/facilities/{hall.pk}/restore/").status_code == 503
    connection.close()
    monkeypatch.undo()
    with use_program(session.program):
        assert Facility.with_archived.get().is_archived
    assert session.post(f"/facilities/{hall.pk}/restore/").status_code == 302


def _pid() -> list[tuple[int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchall()


def test_a_row_that_stays_locked_is_a_503_and_nothing_is_written(
    session: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with use_program(session.program):
        hall = FacilityFactory(name="Hall")
    session.get("/")
    with psycopg.connect(owner_url()) as other, connection.cursor() as cursor:
        other.execute("SELECT FROM facilities FOR UPDATE")
        cursor.execute("SET lock_timeout = '100ms'")
        assert session.post(f"/facilities/{hall.pk}/archive/").status_code == 503
        cursor.execute("RESET lock_timeout")
    assert session.post(f"/facilities/{hall.pk}/archive/").status_code == 302


SERVED = """
import json, sys
import django
django.setup()
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory
serve = WSGIHandler()
for line in sys.stdin:
    method, path, cookie, data = json.loads(line)
    environ = getattr(RequestFactory(), method)(path, data, HTTP_COOKIE=cookie, HTTP_HOST="127.0.0.1").environ
    status = []
    response = serve(environ, lambda line, headers, exc_info=None: status.append(int(line.split()[0])))
    body = b"".join(response)
    response.close()
    print(json.dumps([status[0], body.decode(errors="replace")[:20000]]), flush=True)
"""


@pytest.mark.slow
def test_a_serving_process_with_its_pool_outlives_the_database(
    transactional_db: None, tmp_path: Path
) -> None:
    """One process: serves, loses its connections, is refused new ones, and serves again without a restart."""
    administrator = administrator_url("postgres")
    with scratch_database() as name:
        environment = {
            **os.environ,
            "DATABASE_URL": runtime_url(name),
            "DATABASE_OWNER_URL": owner_url(name),
            "DATABASE_POOL_SIZE": "2",
            "DATABASE_POOL_TIMEOUT": "2",
            "SECRET_KEY": "x" * 60,
            "DEBUG": "1",
            "LOG_LEVEL": "CRITICAL",
        }
        prepare = (
            "from accounts.factories import UserFactory; from programs.models import Program;"
            " from programs.factories import AssignmentFactory;"
            " AssignmentFactory(user=UserFactory(username='grace', role='program_admin'),"
            " program=Program.objects.create(name='Swimming'));"
            " from django.test import Client; c = Client();"
            " from accounts.models import User; c.force_login(User.objects.get());"
            " print(c.cookies['sessionid'].value)"
        )
        made = subprocess.run(
            [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", prepare],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        cookie = "sessionid=" + made.stdout.split()[-1]
        process = subprocess.Popen(
            [sys.executable, "-c", SERVED],
            cwd=ROOT,
            env=environment | {"DJANGO_SETTINGS_MODULE": "academy.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin and process.stdout

        def ask(method: str, path: str, data: Any = None) -> tuple[int, str]:
            assert process.stdin and process.stdout
            process.stdin.write(json.dumps([method, path, cookie, data]) + "\n")
            process.stdin.flush()
            status, body = json.loads(process.stdout.readline())
            return status, body

        def disconnect() -> None:
            admin.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name]
            )

        try:
            with psycopg.connect(administrator, autocommit=True) as admin:
                assert ask("get", "/students/")[0] == 200
                # The server dropped the connections, as after a restart: the next request finds new ones.
                disconnect()
                assert ask("get", "/students/")[0] == 200
                # The server is away.
                admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')  # type: ignore[arg-type]
                disconnect()
                status, body = ask("get", "/students/")
                assert status == 503
                assert "Traceback" not in body
                assert ask("get", "/healthz") == (200, "ok\n")
                admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')  # type: ignore[arg-type]
                for _ in range(10):  # the pool tries again with a pause that grows
                    status, body = ask("get", "/students/")
                    if status == 200:
                        break
                assert status == 200
                assert ask("get", "/readyz") == (200, "ready\n")
        finally:
            process.stdin.close()
            process.wait(timeout=20)
            process.stdout.close()
