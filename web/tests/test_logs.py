"""No secret in any log: they are planted on every address and in every failure, and all logs are read."""

from __future__ import annotations

import http.client
import io
import logging
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import IntegrityError, OperationalError
from django.http import Http404, HttpRequest
from environ import Env

import database
from academy.tests.addresses import Address, every_address
from academy.tests.test_production import COLLECT
from accounts.models import Role
from e2e.server import CONFIG, STATIC_ROOT
from programs.models import Program
from programs.testing import PageClient, asks_all, make_member, runtime_url, scratch_database
from programs.tests.test_unavailable import no_server
from tools.ports import unused_port, wait_until_ready
from web.logs import LogFormatter, without_secrets

MARK = "Pl4nted"
ROOT = Path(__file__).resolve().parent.parent.parent


def planted(name: str) -> str:
    return f"{MARK}-{name}-{uuid.uuid5(uuid.NAMESPACE_OID, name).hex}"


def in_path(name: str, kind: str) -> Any:
    """What no other part of an address may tell is a secret of the links of mails."""
    if name in {"token", "key", "uidb36"}:
        return planted(name)
    return {"uuid": uuid.uuid5(uuid.NAMESPACE_OID, name), "int": 7}.get(kind, "x")


SECRET_FIELDS = (
    "password",
    "password1",
    "old_password",
    "new_password",
    "code",
    "credential",
    "token",
    "recovery_codes",
    "client_secret",
    "csrfmiddlewaretoken",
)
FIELDS = {name: planted(name) for name in SECRET_FIELDS}
QUERY = {name: planted(name) for name in ("token", "code", "state", "password", "key")}
LINKS = (
    f"/invitations/{planted('token')}/",
    f"/accounts/password/reset/3x-{planted('uidb36')}/{planted('key')}/",
)
HEADERS = {
    "Authorization": f"Bearer {planted('bearer')}",
    "Referer": f"http://testserver{LINKS[0]}",
    "X-CSRFToken": planted("csrf"),
    "HX-Current-URL": f"http://testserver{LINKS[1]}",
}
ADDRESSES = list(every_address(in_path))


class Failing:
    """A middleware that fails as told, before each view, with every secret in its words."""

    failure: type[Exception] | None = None

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if self.failure:
            sent = [*request.COOKIES.values(), *request.POST.values(), *request.headers.values()]
            secrets = [*sent, *request.GET.values(), *kwargs.values(), *LINKS]
            raise self.failure(
                f"first line of {secrets}\nDETAIL:  Key (session_key)=({MARK}) already exists.\nLINE 1: '{MARK}'"
            )


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged, as the server writes it, in the most talkative level."""
    root = logging.getLogger()
    formatters = [
        handler.formatter for handler in root.handlers if isinstance(handler.formatter, LogFormatter)
    ]
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(formatters[0])
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler.stream
    root.setLevel(level)
    root.removeHandler(handler)


@contextmanager
def log_of_the_database() -> Iterator[Any]:
    """`read()`: what the embedded server wrote into its log since the block began; "" elsewhere."""
    cluster = database.embedded_cluster(Env())
    path = cluster.log if cluster else Path("/nowhere")
    start = path.stat().st_size if path.exists() else 0
    yield lambda: path.read_bytes()[start:].decode(errors="replace") if path.exists() else ""


def ask(client: PageClient, method: str, address: Address) -> int:
    query = "&".join(f"{name}={value}" for name, value in QUERY.items()) + f"&next={LINKS[0]}"
    url = f"{address.path}?{query}"
    program = str(client.program.pk) if client.program else ""
    data = {**FIELDS, "program_context": program, "next": LINKS[1], "username": "grace"}
    client.raise_request_exception = False
    answer = client.post(url, data, headers=HEADERS) if method == "POST" else client.get(url, headers=HEADERS)
    return int(answer.status_code)


@pytest.fixture
def browsers(transactional_db: None) -> list[PageClient]:
    program = Program.objects.create(name="Swimming")
    forgetful = PageClient(make_member(Role.PROGRAM_ADMIN, program), program, enforce_csrf_checks=True)
    found = [PageClient(), PageClient(make_member(Role.SUPER_ADMIN), program), forgetful]
    for browser in found:
        browser.cookies["csrftoken"] = planted("csrftoken")
        browser.cookies["__Host-other"] = planted("cookie")
    return found


def left_in(text: str, sessions: list[str]) -> list[str]:
    """The lines that show something planted or the key of a session."""
    return [line for line in text.splitlines() if any(secret in line for secret in [MARK, *sessions])]


@pytest.fixture
def sessions(browsers: list[PageClient]) -> list[str]:
    return [browser.cookies["sessionid"].value for browser in browsers if browser.user]


FAILURES = (RuntimeError, Http404, PermissionDenied, SuspiciousOperation, IntegrityError, OperationalError)
LEAVING = {"logout", "staff:view-as-start"}  # the next ones would be asked signed out, or as somebody else


@pytest.mark.slow
def test_no_address_logs_a_secret(browsers: list[PageClient], sessions: list[str], log: io.StringIO) -> None:
    answers = set()
    with log_of_the_database() as read:
        for number, address in enumerate(ADDRESSES):
            for method in ("GET", "POST") if address.name not in LEAVING else ():
                answers.add(ask(browsers[number % 3], method, address))
        assert left_in(read(), sessions) == []
    assert left_in(log.getvalue(), sessions) == []
    assert {200, 302, 400, 403, 404} <= answers
    assert log.getvalue().count("\n") > len(ADDRESSES) / 2


@pytest.mark.slow
def test_no_failure_logs_a_secret(
    browsers: list[PageClient],
    sessions: list[str],
    log: io.StringIO,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each kind on the addresses that carry one, and on the others by turns."""
    settings.MIDDLEWARE = [*settings.MIDDLEWARE[:-1], f"{__name__}.Failing", settings.MIDDLEWARE[-1]]
    secret = [address for address in ADDRESSES if {"token", "key"} & {*address.parts}]
    assert len(secret) == 2
    asked = [(address, failure) for address in secret for failure in FAILURES]
    if asks_all():
        asked += [(address, failure) for address in ADDRESSES for failure in FAILURES]
    else:
        asked += [(address, FAILURES[number % len(FAILURES)]) for number, address in enumerate(ADDRESSES)]
    for number, (address, failure) in enumerate(asked):
        monkeypatch.setattr(Failing, "failure", failure)
        ask(browsers[number % 3], "POST" if number % 2 else "GET", address)
    assert left_in(log.getvalue(), sessions) == []
    assert log.getvalue().count("first line of") > len(asked) / 3
    assert log.getvalue().count("\n") > 2 * len(asked)


@pytest.mark.slow
def test_without_a_database_no_address_logs_a_secret(
    browsers: list[PageClient], sessions: list[str], log: io.StringIO
) -> None:
    assert [browser.get("/accounts/login/").status_code for browser in browsers]
    with no_server():
        for number, address in enumerate(ADDRESSES):
            ask(browsers[number % 3], "POST" if number % 2 else "GET", address)
    assert left_in(log.getvalue(), sessions) == []
    assert log.getvalue().count("503 for ") > len(ADDRESSES) / 2


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Not Found: /invitations/abc-def/", "Not Found: /invitations/…"),
        ("/accounts/password/reset/3x/set-password/", "/accounts/password/reset/…"),
        ("/accounts/login/?next=%2Finvitations%2Fabc%2F&x=1", "/accounts/login/?next=%2Finvitations%2F…&x=1"),
        ("GET /x/?code=123456&state=abc&page=2", "GET /x/?code=…&state=…&page=2"),
        ("Cookie: sessionid=abc; csrftoken=def; theme=dark", "Cookie: sessionid=…; csrftoken=…; theme=dark"),
        ("no: password=pass host=db", "no: password=… host=db"),
        ("bad URL postgresql://app:pa%20ss@db/academy", "bad URL postgresql://app:…@db/academy"),
        ("duplicate key\nDETAIL:  Key (email)=(a@b) already exists.", "duplicate key\nDETAIL: …"),
        ("syntax\nLINE 1: SELECT 'x'\n        ^", "syntax\nLINE 1: …\n        ^"),
        ("KeyError: 'name'", "KeyError: 'name'"),
        ("/staff/?page=2&sort=name", "/staff/?page=2&sort=name"),
    ],
)
def test_what_is_secret_anywhere_is_left_out(text: str, left: str) -> None:
    assert without_secrets(text) == left


@pytest.mark.slow
def test_no_line_of_the_server_shows_a_secret(django_db_setup: None, tmp_path: Path) -> None:
    """The access log, and what the server says of requests that it can't read."""
    with scratch_database() as name:
        environment = {
            **os.environ,
            "DATABASE_URL": runtime_url(name),
            "DATABASE_OWNER_URL": "",
            "DJANGO_SETTINGS_MODULE": "academy.settings",
            "WEB_CONCURRENCY": "1",
            "LOG_LEVEL": "DEBUG",
            "ACCESS_LOG": "on",
            "STATIC_ROOT": STATIC_ROOT,
        }
        subprocess.run([sys.executable, "-c", COLLECT], cwd=ROOT, env=environment, check=True)
        text = _served(environment, tmp_path, _visit)
    assert MARK not in text, [line for line in text.splitlines() if MARK in line]
    for line in (
        '"GET /invitations/… HTTP/1.1" 404',
        '"GET /accounts/password/reset/… HTTP/1.1"',
        '"POST /accounts/login/?… HTTP/1.1"',
        '"http://localhost/invitations/…?…"',
    ):
        assert line in text, text[-3000:]


def _visit(port: int) -> None:
    headers = {"Cookie": f"sessionid={planted('session')}", "Referer": f"http://localhost{LINKS[0]}?q={MARK}"}
    body = "&".join(f"{name}={value}" for name, value in FIELDS.items())
    for method, path in (
        ("GET", LINKS[0]),
        ("GET", LINKS[1]),
        ("POST", f"/accounts/login/?next={LINKS[0]}&q={MARK}"),
        ("GET", f"/students/?q={MARK}"),
        ("GET", f"/accounts/oidc/login/callback/?code={planted('code')}&state={planted('state')}"),
        (f"GE T {MARK}", LINKS[0]),
    ):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection._validate_method = lambda _: None  # type: ignore[attr-defined]
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            connection.request(method, path, body if method == "POST" else None, {**headers, **form})
            connection.getresponse().read()
        finally:
            connection.close()


def _served(environment: dict[str, str], folder: Path, visit: Any) -> str:
    """All that the server writes while it is visited."""
    port = unused_port()
    command = [sys.executable, "-m", "gunicorn", "--config", str(CONFIG), f"--bind=127.0.0.1:{port}"]
    written = folder / "server.log"
    with written.open("w") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            wait_until_ready(process, port)
            visit(port)
        finally:
            process.terminate()
            process.wait(timeout=30)
    return written.read_text()
