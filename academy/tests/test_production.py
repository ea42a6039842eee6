"""How a deployment is configured: what it refuses to start with, and what its answers tell browsers."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from academy.settings_checks import insecure_settings
from accounts.models import Role
from e2e.server import STATIC_ROOT, gunicorn
from programs.models import Program
from programs.testing import ClientFor, runtime_url, scratch_database
from web.csp import CONTENT_SECURITY_POLICY

ROOT = Path(__file__).resolve().parent.parent.parent
STRONG = "Xq7vT2mZ9rLp4wKd8sNf3hBy6cJg1aEu5oQiRtYxWvUmHkPz0e"
HOST = "academy.example.org"
DATABASE = {"USER": "academy_app", "PASSWORD": "kT9wqLr2vX"}
DEPLOYED = {
    "SECRET_KEY": STRONG,
    "ALLOWED_HOSTS": HOST,
    "HTTPS": "on",
    "DEBUG": "off",
    "DATABASE_URL": "postgresql://academy_app:kT9wqLr2vX@nowhere/academy",
}


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    ours = ("DATABASE_", "ALLOWED_", "DJANGO_ALLOW_")
    known = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.run(
        [sys.executable, "-W", "error", "manage.py", *arguments],
        check=False,
        cwd=ROOT,
        env={**known, **DEPLOYED, **environment},
        capture_output=True,
        text=True,
    )


# ---- what is refused


def reasons(key: str = STRONG, hosts: tuple[str, ...] = (HOST,), **databases: dict[str, str]) -> list[str]:
    return insecure_settings(
        secret_key=key, allowed_hosts=hosts, databases=databases or {"default": DATABASE, "owner": {}}
    )


def test_strong_settings_may_serve() -> None:
    assert reasons() == []
    assert reasons(default={"USER": "a", "PASSWORD": ""}) == []  # peer or certificate


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("", "SECRET_KEY is not set."),
        ("only-for-building", "SECRET_KEY is shorter than 50 characters."),
        (STRONG[:49], "SECRET_KEY is shorter than 50 characters."),
        ("k" * 60, "SECRET_KEY has fewer than 10 different characters."),
        ("abcdefghi" * 7, "SECRET_KEY has fewer than 10 different characters."),
        ("django-insecure-" + STRONG, "SECRET_KEY is one that Django made for trying out."),
    ],
)
def test_a_weak_secret_key_is_refused(key: str, reason: str) -> None:
    assert reasons(key) == [reason]


@pytest.mark.parametrize("hosts", [("*",), (HOST, "*"), ()])
def test_every_host_is_refused(hosts: tuple[str, ...]) -> None:
    assert reasons(hosts=hosts) == [
        "ALLOWED_HOSTS must name the hosts; * lets a forged one into every address."
    ]


@pytest.mark.parametrize("password", ["password", "ChangeMe", "postgres", "academy_app", "ACADEMY_APP"])
def test_a_guessable_database_password_is_refused(password: str) -> None:
    assert reasons(default={"USER": "academy_app", "PASSWORD": password}) == [
        "The password of the role in DATABASE_URL is one that is guessed first."
    ]


def test_one_password_for_both_roles_is_refused() -> None:
    owner = {"USER": "academy_owner", "PASSWORD": DATABASE["PASSWORD"]}
    assert reasons(default=DATABASE, owner=owner) == [
        "DATABASE_URL and DATABASE_OWNER_URL have the same password: one would open both."
    ]


def test_a_weak_deployment_does_not_start_and_its_secrets_are_not_said() -> None:
    run = manage(
        "check",
        SECRET_KEY="short-one",
        ALLOWED_HOSTS="*",
        DATABASE_URL="postgresql://academy_app:changeme@nowhere/academy",
    )
    assert run.returncode != 0
    for reason in ("SECRET_KEY is shorter", "ALLOWED_HOSTS must name", "is guessed first"):
        assert reason in run.stderr
    assert "short-one" not in run.stderr and "changeme" not in run.stderr


@pytest.mark.parametrize("extra", [{}, {"HSTS_SUBDOMAINS": "on", "HSTS_PRELOAD": "on"}], ids=["plain", "all"])
def test_the_deployment_check_is_silent(extra: dict[str, str]) -> None:
    run = manage("check", "--deploy", "--fail-level", "INFO", **extra)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("System check identified no issues")


@pytest.mark.parametrize(
    ("below", "shown_as"),
    [
        ("", "['__Host-sessionid', True, True, 'Lax', '/', None, '/static/']"),
        (
            "/academy/",
            "['__Secure-sessionid', True, True, 'Lax', '/academy/', '/academy', '/academy/static/']",
        ),
    ],
)
def test_the_session_cookie_of_a_deployment_is_bound_to_host_path_and_tls(below: str, shown_as: str) -> None:
    names = [
        "SESSION_COOKIE_NAME",
        "SESSION_COOKIE_SECURE",
        "SESSION_COOKIE_HTTPONLY",
        "SESSION_COOKIE_SAMESITE",
        "SESSION_COOKIE_PATH",
        "FORCE_SCRIPT_NAME",
        "STATIC_URL",
    ]
    shown = f"from django.conf import settings as s; print([getattr(s, n) for n in {names!r}])"
    run = subprocess.run(
        [sys.executable, "-c", shown],
        check=True,
        cwd=ROOT,
        env={
            **os.environ,
            **DEPLOYED,
            "DATABASE_OWNER_URL": "",
            "SCRIPT_NAME": below,
            "DJANGO_SETTINGS_MODULE": "academy.settings",
        },
        capture_output=True,
        text=True,
    )
    assert run.stdout.strip() == shown_as


# ---- what a deployment answers


COLLECT = "import django; django.setup(); from environ import Env; from academy.run import collect_static as c; c(Env())"


@pytest.fixture(scope="module")
def deployed(django_db_setup: None) -> Iterator[dict[str, str]]:
    """The environment of a deployment behind TLS, with a database and collected static files."""
    with scratch_database() as name:
        environment = {
            **os.environ,
            **DEPLOYED,
            "DATABASE_URL": runtime_url(name),
            "DATABASE_OWNER_URL": "",
            "DJANGO_SETTINGS_MODULE": "academy.settings",
            "WEB_CONCURRENCY": "1",
            "STATIC_ROOT": STATIC_ROOT,
            "HSTS_SECONDS": "3600",
            "HSTS_SUBDOMAINS": "on",
            "LOG_LEVEL": "CRITICAL",
        }
        subprocess.run([sys.executable, "-c", COLLECT], cwd=ROOT, env=environment, check=True)
        yield environment


@pytest.fixture(scope="module")
def stranger(deployed: dict[str, str]) -> Iterator[int]:
    """The port of a server whose proxy is somewhere else than we are."""
    with gunicorn({**deployed, "FORWARDED_ALLOW_IPS": "192.0.2.1"}) as port:
        yield port


@pytest.fixture(scope="module")
def proxy(deployed: dict[str, str]) -> Iterator[int]:
    """The port of a server that takes us for its proxy."""
    with gunicorn({**deployed, "FORWARDED_ALLOW_IPS": "127.0.0.0/8"}) as port:
        yield port


def ask(port: int, path: str, host: str = HOST, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(
        "GET", path, headers={"Host": host, **{k.replace("_", "-"): v for k, v in headers.items()}}
    )
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


@pytest.mark.slow
def test_forwarding_headers_of_anybody_are_ignored(stranger: int) -> None:
    """Who is not the proxy can't say that the request came over TLS, nor to which host."""
    for headers in (
        {},
        {"X_Forwarded_Proto": "https"},
        {"X_Forwarded_Ssl": "on"},
        {"X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "https", "X_Forwarded_Port": "444"},
        {"Forwarded": "host=evil.example;proto=https"},
    ):
        answer = ask(stranger, "/accounts/login/", **headers)
        assert (answer.status, answer.headers["Location"]) == (301, f"https://{HOST}/accounts/login/")
        assert answer.headers["Strict-Transport-Security"] is None  # means nothing without TLS


@pytest.mark.slow
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        f"{HOST}.evil.example",
        f"evil.example:80@{HOST}",
        f"{HOST}/evil",
        f"{HOST}:x",
        f"x.{HOST}",
        "localhost",
    ],
)
def test_a_forged_host_is_a_400(stranger: int, host: str) -> None:
    answer = ask(stranger, "/accounts/login/", host=host)
    assert (answer.status, answer.headers["Location"]) == (400, None)


@pytest.mark.slow
def test_health_is_asked_without_tls_and_without_a_host(stranger: int) -> None:
    assert ask(stranger, "/healthz", host="10.0.0.7").status == 200


@pytest.mark.slow
def test_over_tls_cookies_and_headers_are_bound_to_it(proxy: int) -> None:
    answer = ask(proxy, "/accounts/login/", X_Forwarded_Proto="https")
    assert answer.status == 200
    assert answer.headers["Strict-Transport-Security"] == "max-age=3600; includeSubDomains"
    assert {"private", "no-store"} <= set(answer.headers["Cache-Control"].split(", "))
    cookie = {
        part.partition("=")[0]: part.partition("=")[2] for part in answer.headers["Set-Cookie"].split("; ")
    }
    assert set(cookie) - {"expires", "Max-Age"} == {
        "__Host-csrftoken",
        "HttpOnly",
        "Path",
        "SameSite",
        "Secure",
    }
    assert (cookie["Path"], cookie["SameSite"]) == ("/", "Lax")
    assert ask(proxy, "/accounts/login/").status == 301
    forged = ask(proxy, "/accounts/login/", X_Forwarded_Proto="https", X_Forwarded_Host="evil.example")
    assert forged.status == 200  # the host is the one of the request, whoever forwards


@pytest.mark.slow
def test_static_files_are_kept_for_good(proxy: int, deployed: dict[str, str]) -> None:
    manifest = json.loads((Path(deployed["STATIC_ROOT"]) / "staticfiles.json").read_text())
    answer = ask(proxy, "/static/" + manifest["paths"]["css/app.css"], X_Forwarded_Proto="https")
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "max-age=315360000, public, immutable"


# ---- what every page says


@pytest.mark.parametrize(
    "path", ["/", "/students/", "/programs/", "/accounts/profile/", "/palette/", "/nowhere/"]
)
def test_no_page_is_kept_by_anybody(client_for: ClientFor, program: Program, path: str) -> None:
    member, visitor = client_for(Role.TUTOR, program), Client()
    for response in (member.get(path), visitor.get(path), visitor.get("/accounts/login/")):
        kept = {part.strip() for part in response["Cache-Control"].split(",")}
        assert {"private", "no-store"} <= kept
        assert "public" not in kept


@pytest.mark.parametrize("path", ["/", "/students/new/", "/accounts/profile/", "/staff/", "/programs/"])
def test_staff_pages_have_the_strict_policy(client_for: ClientFor, program: Program, path: str) -> None:
    response = client_for(Role.PROGRAM_ADMIN, program).get(path)
    assert response.status_code == 200
    assert response["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY and "http" not in CONTENT_SECURITY_POLICY
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == response["Cross-Origin-Resource-Policy"] == "same-origin"
    refused = {part.strip() for part in response["Permissions-Policy"].split(",")}
    assert {"camera=()", "geolocation=()", "microphone=()", "payment=()", "usb=()"} <= refused
