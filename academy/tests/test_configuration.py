"""Every variable is checked before anything else: sentences that name it and what would be right, never a secret."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.contrib.staticfiles.utils import get_files
from django.core.files.storage import FileSystemStorage
from environ import Env
from psycopg.conninfo import make_conninfo

from academy import start
from academy.configuration import VARIABLES, problems, warnings
from database import prepare
from database.embedded import Cluster
from database.server_files import SUPERUSER

ROOT = Path(__file__).resolve().parent.parent.parent
STARTS = {
    "make run": ("-m", "academy.run"),
    "a command": ("manage.py", "migrate"),
    "the server": ("-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"),
}
STRONG = "Xq7vT2mZ9rLp4wKd8sNf3hBy6cJg1aEu5oQiRtYxWvUmHkPz0e"
URL = "postgresql://academy_app:kT9wqLr2vX@nowhere/academy"

WRONG = [
    *((name, "maybe") for name, kind in VARIABLES.items() if kind.right == "on or off"),
    ("ALLOWED_HOSTS", "https://academy.example.org"),
    ("ALLOWED_HOSTS", "a.example.org, b.example.org"),
    ("ALLOWED_HOSTS", "a.example.org:8000"),
    ("CSRF_TRUSTED_ORIGINS", "foo"),
    ("CSRF_TRUSTED_ORIGINS", "https://a.example.org/path"),
    ("SCRIPT_NAME", "academy"),
    ("SCRIPT_NAME", "/"),
    ("SCRIPT_NAME", "/a//b"),
    ("SCRIPT_NAME", "https://host/academy"),
    ("HSTS_SECONDS", "-1"),
    ("HSTS_SECONDS", "a year"),
    *((name, "garbage") for name, kind in VARIABLES.items() if "postgresql://" in kind.right),
    ("DATABASE_URL", "postgresql://app:s3cr3t@host:port/name"),
    ("DATABASE_URL", "postgresql://app:s3cr3t/x@host/name"),
    ("DATABASE_URL", "postgresql://app:s3cr3t@host/name?sslmod=require"),
    ("DATABASE_URL", "postgresql://app:s3cr3t@host"),
    ("DATABASE_URL", "mysql://app:s3cr3t@host/name"),
    ("DATABASE_POOL_SIZE", "-1"),
    ("DATABASE_POOL_MIN_SIZE", "2.5"),
    ("DATABASE_POOL_TIMEOUT", "0"),
    ("DATABASE_POOL_TIMEOUT", "nan"),
    ("DATABASE_WAIT", "soon"),
    ("HOST", "http://here"),
    ("HOST", ""),
    ("PORT", "abc"),
    ("PORT", "0"),
    ("PORT", "65536"),
    ("PORT", ""),
    ("WEB_CONCURRENCY", "0"),
    ("WEB_CONCURRENCY", "two"),
    ("WEB_THREADS", "0"),
    ("WEB_TIMEOUT", "0"),
    ("WEB_MAX_REQUESTS", "-1"),
    ("FORWARDED_ALLOW_IPS", "proxy.example.org"),
    ("FORWARDED_ALLOW_IPS", "127.0.0.1, ::1"),
    ("SESSION_IDLE_MINUTES", "0"),
    ("SESSION_MAX_HOURS", "-1"),
    ("REDIS_URL", "redis.example.org:6379"),
    ("REDIS_URL", "http://:s3cr3t@redis"),
    ("EMAIL_URL", "smtp.example.org"),
    ("EMAIL_URL", "smtp+tls://user:s3cr3t@host:port"),
    ("EMAIL_URL", "smtp+tls://"),
    ("EMAIL_URL", ""),
    ("DEFAULT_FROM_EMAIL", "Academy"),
    ("DEFAULT_FROM_EMAIL", "Academy <a@example.org>\nBcc: b@example.org"),
    ("OIDC_SERVER_URL", "id.example.org"),
    ("LOG_LEVEL", "loud"),
    ("ALL_PROGRAMS_HOURS", "0"),
    ("VIEW_AS_MINUTES", "-5"),
    ("TIME_ZONE", "Mars/Olympus"),
    ("TIME_ZONE", "../../etc/passwd"),
    ("TIME_ZONE", ""),
    ("SECRET_KEY", "$" + STRONG),
]
RIGHT = {
    "SECRET_KEY": STRONG,
    "DEBUG": "off",
    "ACADEMY_OPTIMISATIONS": "off",
    "ALLOWED_HOSTS": "academy.example.org,.example.net,[::1],127.0.0.1",
    "CSRF_TRUSTED_ORIGINS": "https://a.example.org,https://*.example.net,http://localhost:8000",
    "HTTPS": "on",
    "SCRIPT_NAME": "/academy",
    "HSTS_SECONDS": "0",
    "HSTS_SUBDOMAINS": "True",
    "HSTS_PRELOAD": "1",
    "DATABASE_URL": "postgresql://app:s%40crét@db:6432/academy?sslmode=verify-full",
    "DATABASE_OWNER_URL": "postgresql://owner@/academy?host=/path/to/.data/socket",
    "DATABASE_ADMIN_URL": "user=postgres dbname=postgres host=a,b port=5432,5433",
    "DATABASE_POOL_SIZE": "0",
    "DATABASE_POOL_MIN_SIZE": "0",
    "DATABASE_POOL_TIMEOUT": "2.5",
    "DATABASE_WAIT": "0",
    "ACADEMY_DATA": "~/academy data",
    "HOST": "::",
    "PORT": "65535",
    "WEB_CONCURRENCY": "1",
    "WEB_THREADS": "16",
    "WEB_TIMEOUT": "30",
    "WEB_MAX_REQUESTS": "0",
    "FORWARDED_ALLOW_IPS": "127.0.0.1,::1,10.0.0.0/8",
    "SESSION_IDLE_MINUTES": "1",
    "SESSION_MAX_HOURS": "1",
    "REDIS_URL": "rediss://:secret@redis:6379/0",
    "EMAIL_URL": "smtp+tls://user:password@host:587",
    "DEFAULT_FROM_EMAIL": "Academy <academy@example.org>",
    "OIDC_SERVER_URL": "https://id.example.org/realms/x",
    "OIDC_CLIENT_ID": "academy",
    "OIDC_CLIENT_SECRET": "secret",
    "OIDC_NAME": "Straße",
    "ACCESS_LOG": "no",
    "LOG_LEVEL": "INFO",
    "ALL_PROGRAMS_HOURS": "0.5",
    "VIEW_AS_MINUTES": "15",
    "STATIC_ROOT": "/srv/static",
    "TIME_ZONE": "Pacific/Auckland",
}


def begin(how: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Start Academy in one of its ways, with these variables alone."""
    known = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    return subprocess.run(
        [sys.executable, *STARTS[how]],
        check=False,
        cwd=ROOT,
        env=known | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


# ---- the values


def test_every_variable_stands_in_the_table_and_in_the_documentation() -> None:
    described = set()
    for line in (ROOT / "docs" / "operations.md").read_text().splitlines():
        if row := re.match(r"\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \|", line):
            described |= set(re.findall(r"`([A-Z_]+)`", row[1]))
    assert described == set(VARIABLES)


def test_right_values_are_right() -> None:
    assert set(RIGHT) == set(VARIABLES)
    assert problems(RIGHT) == []
    assert problems({}) == []


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_named_with_what_would_be_right(name: str, value: str) -> None:
    found = [said for said in problems(RIGHT | {name: value}) if said.startswith(name)]
    assert len(found) == 1
    assert found[0].endswith(".") and "\n" not in found[0].replace(value, "")
    assert ("$" in found[0]) if value.startswith("$") else (VARIABLES[name].right in found[0])
    if VARIABLES[name].secret and value:
        assert f"“{value}”" not in found[0] and "s3cr3t" not in found[0]


def test_every_kind_of_variable_has_a_wrong_value() -> None:
    texts = {"ACADEMY_DATA", "STATIC_ROOT", "OIDC_NAME", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"}
    assert {name for name, _ in WRONG} == set(VARIABLES) - texts
    for name in texts:
        assert problems(RIGHT | {name: "a\nb"})


@pytest.mark.parametrize("name", ["DATABASE_OWNER_URL", "DATABASE_ADMIN_URL"])
def test_a_url_beside_none_for_serving_is_not_ignored(name: str) -> None:
    assert [said for said in problems({name: URL}) if "set and DATABASE_URL is not" in said]


def test_an_open_id_server_without_our_name_there_is_told() -> None:
    found = problems(RIGHT | {"OIDC_CLIENT_ID": "", "OIDC_CLIENT_SECRET": ""})
    assert [said.split()[0] for said in found] == ["OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"]


# ---- the ways to start


@pytest.mark.parametrize("how", STARTS)
def test_all_is_said_at_once_without_secrets_and_without_a_traceback(how: str) -> None:
    wrong = {
        "HTTPS": "maybe",
        "PORT": "abc",
        "TIME_ZONE": "Mars/Olympus",
        "SECRET_KEY": "too-short-s3cr3t",
        "DATABASE_URL": "postgresql://app:s3cr3t@host:port/name",
        "DATABASE_OWNER_URL": "postgresql://owner:changeme@host/name",
        "EMAIL_URL": "smtp://user:s3cr3t@host:port",
        "WEB_CONCURRENCY": "0",
    }
    run = begin(how, **wrong)
    assert run.returncode == 1
    told = run.stderr.strip().splitlines()
    assert told[0].endswith("Academy refuses to start:")
    assert len(told) == 1 + len(wrong)
    for name in wrong:
        assert [line for line in told if re.search(rf"\b{name}\b", line)], name
    for secret in ("s3cr3t", "changeme", "Traceback"):
        assert secret not in run.stdout + run.stderr


@pytest.fixture
def nowhere() -> Iterator[Path]:
    """A folder that nobody can make or write in, also not root: a file stands in its place."""
    with tempfile.NamedTemporaryFile(prefix="academy-test-") as file:
        yield Path(file.name) / "data"


@pytest.mark.parametrize("how", STARTS)
def test_a_folder_that_can_not_be_used_is_a_sentence(how: str, nowhere: Path) -> None:
    run = begin(how, ACADEMY_DATA=str(nowhere), PORT="8699")
    assert run.returncode == 1
    assert f"{nowhere.parent}" in run.stderr and "can't be used" in run.stderr
    assert "Traceback" not in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1


def test_ctrl_c_during_the_set_up_is_a_sentence_and_the_next_start_goes_on() -> None:
    with tempfile.TemporaryDirectory(prefix="academy-test-") as folder:
        known = {name: value for name, value in os.environ.items() if name not in VARIABLES}
        process = subprocess.Popen(
            [sys.executable, *STARTS["make run"]],
            cwd=ROOT,
            env=known | {"ACADEMY_DATA": f"{folder}/data", "PORT": "8698"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # What a shell starts in the background ignores the signal, and so would the child.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "Preparing the database …\n"
            time.sleep(1)
            process.send_signal(signal.SIGINT)
            _, told = process.communicate(timeout=60)
        finally:
            process.kill()
        assert process.returncode == 128 + signal.SIGINT
        assert told.strip() == "academy: stopped before it was set up. Start it again, and it goes on."
        assert not (Path(folder) / "data" / "postgres" / "postmaster.pid").exists()


# ---- what serving needs beside


def static_environment(monkeypatch: pytest.MonkeyPatch, root: Path) -> Env:
    monkeypatch.setenv("STATIC_ROOT", str(root))
    return Env()


def test_missing_and_outdated_static_files_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    env = static_environment(monkeypatch, tmp_path)
    assert start._static_files(env) == [
        f"There are no collected static files in {tmp_path}. Run: manage.py collectstatic"
    ]
    (tmp_path / "staticfiles.json").write_text('{"paths": {}}')
    (told,) = start._static_files(env)
    assert "not those of this version" in told and told.endswith("Run: manage.py collectstatic")
    monkeypatch.setenv("DEBUG", "on")
    assert start._static_files(env) == []


def test_what_is_not_collected_is_not_missed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    root = shutil.copytree(ROOT / "static", tmp_path / "static")
    collecting: Any = apps.get_app_config("staticfiles")
    names = [*get_files(FileSystemStorage(root), collecting.ignore_patterns)]
    (root / "staticfiles.json").write_text(json.dumps({"paths": {name: name for name in names}}))
    assert start._static_files(static_environment(monkeypatch, root)) == []


def test_collected_static_files_are_right(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    root = shutil.copytree(ROOT / "static", tmp_path / "static")
    names = [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]
    (root / "staticfiles.json").write_text(json.dumps({"paths": {name: name for name in names}}))
    env = static_environment(monkeypatch, root)
    assert start._static_files(env) == []
    (root / "css" / "app.css").unlink()
    (told,) = start._static_files(env)
    assert "css/app.css is missing" in told


PASSWORDS = {"DATABASE_URL": "kT9wqLr2vX", "DATABASE_OWNER_URL": "pZ4nbVc8Rm"}


def deployment(server: Cluster, **passwords: str) -> dict[str, str]:
    """The environment of a deployment on `server`, with these passwords in place of the right ones."""
    known = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    found = known | {
        "SECRET_KEY": STRONG,
        "DATABASE_ADMIN_URL": server.url(SUPERUSER, "postgres"),
        "PORT": "8697",
    }
    for name, role in (("DATABASE_URL", "academy_app"), ("DATABASE_OWNER_URL", "academy_owner")):
        found[name] = make_conninfo(server.url(role, "academy"), password=(PASSWORDS | passwords)[name])
    return found


def run_with(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        check=False,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
    )


@pytest.fixture(scope="module")
def server_with_passwords() -> Iterator[Cluster]:
    """A server that asks both roles of a deployment for a password, and has them and their database."""
    with tempfile.TemporaryDirectory(prefix="academy-test-") as folder:
        cluster = Cluster(Path(folder), throwaway=True)
        cluster.start()
        right = deployment(cluster)
        with psycopg.connect(right["DATABASE_ADMIN_URL"], autocommit=True) as administrator:
            (rules,) = administrator.execute("SHOW hba_file").fetchone()  # type: ignore[misc]
            text = Path(rules).read_text()
            Path(rules).write_text(f"local all academy_app,academy_owner scram-sha-256\n{text}")
            administrator.execute("SELECT pg_reload_conf()")
        prepare(
            right["DATABASE_OWNER_URL"], right["DATABASE_URL"], administrator_url=right["DATABASE_ADMIN_URL"]
        )
        yield cluster
        cluster.release()


@pytest.mark.parametrize("wrong", PASSWORDS)
def test_a_wrong_password_is_a_sentence_that_does_not_say_it(
    server_with_passwords: Cluster, wrong: str
) -> None:
    environment = deployment(server_with_passwords, **{wrong: "s3cr3t"})
    if wrong == "DATABASE_URL":  # what migrates does not need it, and says so all the same
        environment.pop("DATABASE_OWNER_URL")
        environment.pop("DATABASE_ADMIN_URL")
    run = run_with(environment, "manage.py", "prepare_database", "--verbosity=0")
    assert run.returncode == 1
    assert f"{wrong}: the database does not take the role" in run.stderr
    assert "s3cr3t" not in run.stderr and "Traceback" not in run.stderr


def test_the_server_does_not_start_with_a_wrong_password(server_with_passwords: Cluster) -> None:
    run = run_with(deployment(server_with_passwords, DATABASE_URL="s3cr3t"), *STARTS["the server"])
    assert run.returncode == 1
    assert "DATABASE_URL: the database does not take the role academy_app" in run.stderr
    assert "s3cr3t" not in run.stderr and "Traceback" not in run.stderr


def test_a_server_that_takes_the_role_or_is_not_there_is_no_refusal(server_with_passwords: Cluster) -> None:
    assert start.refused_role(deployment(server_with_passwords)["DATABASE_URL"]) == []
    assert start.refused_role("postgresql://academy_app:x@127.0.0.1:1/academy") == []


DEPLOYED = {"DATABASE_URL": URL, "SECRET_KEY": STRONG}


@pytest.mark.parametrize(
    ("environment", "number"),
    [
        (DEPLOYED, 1),
        ({**DEPLOYED, "EMAIL_URL": ""}, 1),
        ({**DEPLOYED, "EMAIL_URL": "consolemail://"}, 1),
        ({**DEPLOYED, "EMAIL_URL": "dummymail://"}, 1),
        ({**DEPLOYED, "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587"}, 0),
        ({**DEPLOYED, "DEBUG": "on"}, 0),
        ({}, 0),  # a local installation: that its mails appear in the terminal is how one tries it out
    ],
)
def test_a_deployment_without_a_mail_server_is_warned(environment: dict[str, str], number: int) -> None:
    found = warnings(environment)
    assert len(found) == number
    assert all("EMAIL_URL names no mail server" in said and "password@" not in said for said in found)


def test_the_server_says_so_at_its_start() -> None:
    environment = {**os.environ, **DEPLOYED, "DEBUG": "", "STATIC_ROOT": "/nowhere"}
    environment.pop("EMAIL_URL", None)
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "--check-config"],
        check=False,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Warning: EMAIL_URL names no mail server" in done.stderr
