"""Could not ask is never taken for no: nobody is signed out, refused or counted for an outage, and pages say so."""

from __future__ import annotations

import http.client
import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from allauth.mfa.totp.internal import auth as totp
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import (
    DatabaseError,
    DataError,
    InterfaceError,
    InternalError,
    OperationalError,
    connection,
    connections,
)
from django.test import Client
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from accounts.factories import PASSWORD
from accounts.models import Role, User
from database.server_files import SERVER_ACCOUNT
from e2e.line import line
from e2e.server import gunicorn
from programs.models import Program
from programs.outages import is_outage
from programs.testing import PageClient, connected_to, make_member, owner_url, runtime_url, scratch_database
from tools.ports import unused_port
from web import health

LOGIN, CODE = "/accounts/login/", "/accounts/login/code/"


@contextmanager
def unreadable(table: str) -> Iterator[None]:
    """Every statement about one table fails, as a database that is going away lets some fail and others not."""
    with psycopg.connect(owner_url()) as other, connection.cursor() as cursor:
        other.execute(f"LOCK {table} IN ACCESS EXCLUSIVE MODE")  # type: ignore[arg-type]
        cursor.execute("SET lock_timeout = '50ms'")
        try:
            yield
        finally:
            other.rollback()
            cursor.execute("RESET lock_timeout")


@pytest.fixture
def swimming(transactional_db: None) -> Program:
    return Program.objects.create(name="Swimming")


@pytest.fixture
def grace(swimming: Program) -> User:
    return make_member(Role.PROGRAM_ADMIN, swimming, username="grace")


@pytest.mark.parametrize(
    "table", ["django_session", "users", "user_program_assignments", "usersessions_usersession", "programs"]
)
@pytest.mark.parametrize("path", ["/", "/students/", "/accounts/profile/", "/admin/", "/nowhere/"])
def test_who_could_not_be_asked_about_stays_signed_in(
    grace: User, swimming: Program, table: str, path: str
) -> None:
    client = PageClient(grace, swimming)
    client.raise_request_exception = False  # what a middleware raises is answered
    session = client.session
    session["seen_at"] = int(time.time()) - 3600  # so that it is noted anew, with the sessions of the user
    session.save()
    with unreadable(table):
        response = client.get(path)
        assert response.status_code in (503, *client_may_do_without(table, path))
        if response.status_code == 503:
            assert "not available just now" in response.text
        assert "sessionid" not in response.cookies or response.cookies["sessionid"].value
    assert Session.objects.filter(pk=session.session_key).exists()
    assert client.get("/").status_code == 200


def client_may_do_without(table: str, path: str) -> tuple[int, ...]:
    """What is answered where nothing of the table is asked for."""
    return {"/nowhere/": (404,), "/admin/": (302, 403), "/accounts/profile/": (200,)}.get(path, (200,))


@pytest.mark.parametrize("table", ["django_session", "users"])
def test_where_nobody_can_be_asked_about_it_is_a_503(grace: User, swimming: Program, table: str) -> None:
    client = PageClient(grace, swimming)
    with unreadable(table):
        response = client.get("/students/", headers={"Accept-Language": "de"})
    assert response.status_code == 503
    assert "Academy ist gerade nicht erreichbar" in response.text


# ---- signing in


@pytest.mark.parametrize("table", ["users", "user_program_assignments", "django_session", "shared_cache"])
def test_a_sign_in_that_could_not_be_judged_costs_no_try(grace: User, table: str) -> None:
    with unreadable(table):
        answers = {sign_in(PASSWORD).status_code for _ in range(11)}
    assert answers <= {503, 302}
    assert [sign_in("wrong").status_code for _ in range(9)] == [200] * 9
    assert sign_in(PASSWORD).status_code == 302


def test_a_password_that_could_not_be_judged_costs_no_try(grace: User, swimming: Program) -> None:
    client = PageClient(grace, swimming)
    posted = {"old_password": PASSWORD, "new_password1": "another good phrase", "new_password2": "x"}
    with unreadable("shared_cache"):
        assert {client.post("/accounts/password/", posted).status_code for _ in range(11)} == {503}
    assert client.post("/accounts/password/", posted).status_code == 422


@pytest.fixture(params=["in the database", "beside it"])
def counted(request: pytest.FixtureRequest, settings: Any) -> None:
    """Where failures are counted: beside the database, as in Redis, no rollback takes a count back."""
    if request.param == "beside it":
        settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
        cache.clear()


@contextmanager
def lost_at(fragment: str, administrator: Any) -> Iterator[None]:
    """The server ends the connection just before the statement with that fragment is sent."""
    found = []

    def send(execute: Any, sql: str, *more: Any) -> Any:
        if fragment in sql:
            found.append(sql)
            pid = connection.connection.info.backend_pid
            administrator.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        return execute(sql, *more)

    with connection.execute_wrapper(send):
        yield
    connection.close()
    assert len(found) == 1


@pytest.mark.parametrize("where", ["signing in", "confirming"])
def test_a_code_that_could_not_be_judged_costs_no_try(
    grace: User, swimming: Program, counted: None, administrator: Any, where: str
) -> None:
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(grace, secret)
    if where == "signing in":
        client, path = Client(), CODE
        assert client.post(LOGIN, {"username": "grace", "password": PASSWORD}).url == CODE
    else:
        client, path = PageClient(grace, swimming), "/accounts/confirm/code/"
    assert [client.post(path, {"code": "000000"}).status_code for _ in range(9)] == [200] * 9
    for _ in range(12):
        with lost_at('NOT ("mfa_authenticator"."type" = ', administrator):  # what the code is compared with
            assert client.post(path, {"code": "000000"}).status_code == 503
    assert client.post(path, {"code": code_of(secret)}).status_code == 302


def code_of(secret: str) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))


def test_what_was_taken_and_not_judged_is_free_again_soon(grace: User) -> None:
    from accounts.limits import PER_ACCOUNT, RESERVED, WINDOW, LoginAttempt

    request: Any = type("Request", (), {"META": {"REMOTE_ADDR": "198.51.100.1"}, "headers": {}})()
    for _ in range(PER_ACCOUNT):
        attempt = LoginAttempt(request, str(grace.pk))
        attempt.__enter__()  # and the process dies
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(expires) - now() FROM shared_cache")
        ((longest,),) = cursor.fetchall()
    assert 0 < longest.total_seconds() <= RESERVED < WINDOW


def sign_in(password: str) -> Any:
    return Client(REMOTE_ADDR="198.51.100.1").post(LOGIN, {"username": "grace", "password": password})


# ---- Redis and the OpenID Connect server


@contextmanager
def redis_at(settings: Any, port: int) -> Iterator[None]:
    url = f"redis://127.0.0.1:{port}/0"
    kept = settings.CACHES
    options = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
    settings.REDIS_URL = url
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": url,
            "OPTIONS": options,
        }
    }
    yield
    settings.REDIS_URL, settings.CACHES = "", kept


@pytest.mark.parametrize("how", ["away", "hangs"])
def test_without_redis_pages_go_on_and_a_sign_in_says_why_not(
    grace: User, swimming: Program, settings: Any, how: str
) -> None:
    client = PageClient(grace, swimming)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        if how == "hangs":
            silent.listen()
        with redis_at(settings, silent.getsockname()[1]):
            assert client.get("/students/").status_code == 200
            began = time.monotonic()
            response = sign_in(PASSWORD)
            assert time.monotonic() - began < 10
            assert response.status_code == 503
            assert "(Redis) can&#x27;t be reached" in response.text
            ready = Client().get("/readyz")
            assert (ready.status_code, ready.text) == (503, "Redis does not answer\n")
            assert Client().get("/healthz").status_code == 200
    assert sign_in(PASSWORD).status_code == 302


def test_without_the_openid_server_a_page_says_so(grace: User, settings: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.OIDC_SERVER_URL = f"http://127.0.0.1:{taken.getsockname()[1]}"
        settings.OIDC_NAME = "School"
        app = {"provider_id": "oidc", "name": "School", "client_id": "a", "secret": "s"}
        app["settings"] = {"server_url": settings.OIDC_SERVER_URL}  # type: ignore[assignment]
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
        response = Client().get("/accounts/oidc/login/")
        assert response.status_code == 503
        assert "School, which signs you in, can&#x27;t be reached" in response.text
        ready = Client().get("/readyz")
        assert ready.status_code == 200
        assert ready.text == "ready, but the OpenID Connect server does not answer\n"
        assert sign_in(PASSWORD).status_code == 302
    health._asked.clear()


# ---- what counts as an outage


@pytest.mark.parametrize(
    ("error", "cause", "expected"),
    [
        (OperationalError("the connection is closed"), None, True),
        (InterfaceError("connection already closed"), None, True),
        (InternalError("received 2 results"), psycopg.InternalError("received 2 results"), True),
        (InternalError("idle"), errors.IdleInTransactionSessionTimeout("idle"), True),
        (InternalError("aborted"), errors.InFailedSqlTransaction("aborted"), False),
        (InternalError("read only"), errors.ReadOnlySqlTransaction("read only"), False),
        (DataError("too long"), errors.StringDataRightTruncation("too long"), False),
        (ValueError("x"), None, False),
    ],
)
def test_an_outage_is_told_from_a_mistake(error: Exception, cause: Exception | None, expected: bool) -> None:
    error.__cause__ = cause
    assert is_outage(error) is expected


def test_a_middleware_that_meets_an_outage_is_a_503(grace: User, swimming: Program) -> None:
    """As Django calls the page for an exception that nobody has caught."""
    from programs.error_pages import server_error

    client = PageClient(grace, swimming)
    request = client.get("/").wsgi_request
    for error, status in ((OperationalError("gone"), 503), (ValueError("x"), 500)):
        try:
            raise error
        except (OperationalError, ValueError):
            assert server_error(request).status_code == status


# ---- a database that hangs, and one that is restarted, behind the server as it is deployed


@pytest.mark.slow
def test_a_database_that_hangs_or_restarts_is_a_503_in_ten_seconds_and_signs_nobody_out(
    django_db_setup: None,
) -> None:
    with scratch_database() as name:
        known = conninfo_to_dict(runtime_url(name))
        with line(f"{known['host']}/.s.PGSQL.{known.get('port') or 5432}") as server:
            environment = {
                **os.environ,
                "DATABASE_URL": make_conninfo(runtime_url(name), host="127.0.0.1", port=server.port),
                "WEB_CONCURRENCY": "1",
                "DEBUG": "1",
                "LOG_LEVEL": "critical",
            }
            environment.pop("DATABASE_POOL_SIZE", None)
            made = subprocess.run(
                [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", SOMEBODY_SIGNED_IN],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )
            cookie = f"sessionid={made.stdout.split()[-1]}"
            with gunicorn(environment) as port, ThreadPoolExecutor(20) as browsers:

                def ask(path: str = "/students/") -> tuple[int, float]:
                    began = time.monotonic()
                    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                    client.request("GET", path, headers={"Cookie": cookie})
                    answer = client.getresponse()
                    answer.read()
                    client.close()
                    return answer.status, time.monotonic() - began

                assert ask()[0] == 200
                server.hangs = True
                asked = [browsers.submit(ask) for _ in range(12)]
                for _ in range(10):
                    status, seconds = ask("/healthz")
                    assert status == 200 and seconds < 1
                    time.sleep(0.2)
                answers = [each.result() for each in asked]
                assert {status for status, _ in answers} == {503}
                assert max(seconds for _, seconds in answers) < 10
                server.hangs = False
                wait_for(lambda: ask()[0] == 200, 10)

                for _ in range(3):  # restarted, with nobody asking meanwhile
                    server.cut()
                    time.sleep(0.3)
                    answers = [each.result() for each in [browsers.submit(ask) for _ in range(8)]]
                    assert {status for status, _ in answers} == {200}
                    assert max(seconds for _, seconds in answers) < 3


SOMEBODY_SIGNED_IN = """
from django.test import Client
from accounts.factories import UserFactory
from programs.factories import AssignmentFactory
from programs.models import Program
user = UserFactory(role="program_admin")
AssignmentFactory(user=user, program=Program.objects.create(name="Swimming"))
client = Client()
client.force_login(user)
print(client.cookies["sessionid"].value)
"""


def wait_for(true: Any, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.2)


# ---- through PgBouncer


@pytest.fixture
def pooler(db: None, tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """(the URL through a PgBouncer, its process)."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("no pgbouncer on this machine")
    known = conninfo_to_dict(runtime_url())
    port = unused_port()
    config = tmp_path / "pgbouncer.ini"
    config.write_text(
        f"[databases]\n{known['dbname']} = host={known['host']} port={known.get('port') or 5432} user={known['user']}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
        "pool_mode = transaction\nquery_wait_timeout = 2\nserver_login_retry = 1\n"
    )
    identity: dict[str, Any] = {}
    if os.geteuid() == 0:  # it refuses to be root
        account = pwd.getpwnam(SERVER_ACCOUNT)
        identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        config.chmod(0o644)  # whatever the umask
        for folder in (tmp_path, *list(tmp_path.parents)[:-1]):
            if folder.stat().st_uid == 0 and folder != Path("/tmp"):
                folder.chmod(0o755)
    process = subprocess.Popen([program, "--quiet", str(config)], stderr=subprocess.DEVNULL, **identity)
    try:
        url = make_conninfo(runtime_url(), host="127.0.0.1", port=port, connect_timeout=3)
        wait_for(lambda: process.poll() is None and answers(url), 10)
        yield url, process
    finally:
        process.kill()
        process.wait()


def answers(url: str) -> bool:
    try:
        psycopg.connect(url, autocommit=True).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.mark.parametrize(
    ("what", "in_transaction"),
    [
        ("the pooler", False),
        ("the pooler", True),
        ("the server's process", True),
        ("the server's process, answering", False),
        ("the server's process, answering", True),
    ],
)
def test_a_connection_lost_behind_pgbouncer_is_an_outage(
    pooler: tuple[str, subprocess.Popen[bytes]], administrator: Any, what: str, in_transaction: bool
) -> None:
    url, process = pooler
    with connected_to(url) as alias:
        through = connections[alias]
        through.settings_dict["OPTIONS"].pop("pool", None)
        with through.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
        # `transaction.atomic` would hide what was raised first.
        if in_transaction:
            through.set_autocommit(False)
        with through.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            ((pid,),) = cursor.fetchall()
            with pytest.raises(DatabaseError) as raised:
                if what == "the pooler":
                    process.kill()
                    process.wait()
                elif what == "the server's process":
                    administrator.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
                else:
                    cursor.execute("SELECT 1; SELECT pg_terminate_backend(pg_backend_pid()); SELECT 2")
                cursor.execute("SELECT 1")
        assert is_outage(raised.value), repr(raised.value)
